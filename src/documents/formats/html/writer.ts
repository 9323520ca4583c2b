/** Text as it grows: white space collapsed, breaks where they are needed and never at the ends. */
export class Writer {
  text = '';
  /** Inside `pre`, where white space counts. */
  pre = 0;
  /** Inside headings and cells, which are one line. */
  flat = 0;
  #break: '' | ' ' | '\n' | '\n\n' = '';
  #mark = '';
  #cells = 0;
  #cellBefore = false;

  paragraph(): void {
    if (this.flat > 0) this.#space();
    else this.#break = '\n\n';
    if (this.flat === 0) this.#cellBefore = false;
  }

  line(): void {
    if (this.flat > 0) this.#space();
    else if (this.#break !== '\n\n') this.#break = '\n';
    if (this.flat === 0) this.#cellBefore = false;
  }

  /** Begins the next line, if anything follows. */
  mark(mark: string): void {
    this.#mark = mark;
  }

  beginCell(): void {
    if (this.#cells++ > 0) return;
    this.flat++;
    if (this.#cellBefore) {
      if (this.#break === ' ') this.#break = '';
      this.#put(' |');
    }
    this.#space();
  }

  endCell(): void {
    if (--this.#cells > 0) return;
    this.flat--;
    this.#cellBefore = true;
  }

  /** Sets the break that is due, and tells where the text goes on. */
  begin(): number {
    // What is preformatted may end with white space of its own.
    if (this.#break.startsWith('\n') && /\s$/.test(this.text)) this.text = this.text.trimEnd();
    if (this.text !== '') this.text += this.#break;
    this.#break = '';
    return this.text.length;
  }

  write(value: string): void {
    const clean = value.replaceAll('\u00ad', '');
    if (this.pre > 0 && this.flat === 0) {
      if (clean.trim() !== '' || this.#break === '') this.#put(clean);
      return;
    }
    const collapsed = clean.replace(/\s+/g, ' ');
    if (collapsed.startsWith(' ')) this.#space();
    const inner = collapsed.trim();
    if (inner === '') return;
    this.#put(inner);
    if (collapsed.endsWith(' ')) this.#space();
  }

  #space(): void {
    if (this.#break === '') this.#break = ' ';
  }

  #put(value: string): void {
    const begun = this.begin();
    const atLine = begun === 0 || this.text.endsWith('\n');
    this.text += (atLine ? this.#mark : '') + value;
    this.#mark = '';
  }
}
