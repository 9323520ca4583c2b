/** Text as it grows: white space collapsed, breaks where they are needed and never at the ends. */
export class Writer {
  /** How much is written, in characters. */
  length = 0;
  /** Inside `pre`, where white space counts. */
  pre = 0;
  /** Inside headings and cells, which are one line. */
  flat = 0;
  #break: '' | ' ' | '\n' | '\n\n' = '';
  #mark = '';
  /** None empty. One growing string would be copied whole whenever its end is looked at. */
  readonly #parts: string[] = [];
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
    if (this.#break.startsWith('\n')) this.#trimEnd();
    if (this.length > 0) this.#append(this.#break);
    this.#break = '';
    return this.length;
  }

  /** What is written from there on. */
  textFrom(start: number): string {
    let at = this.length;
    let from = this.#parts.length;
    while (at > start) at -= this.#parts[--from]?.length ?? at;
    return this.#parts
      .slice(from)
      .join('')
      .slice(start - at);
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
    const atLine = begun === 0 || this.#parts.at(-1)?.endsWith('\n');
    this.#append((atLine ? this.#mark : '') + value);
    this.#mark = '';
  }

  #append(part: string): void {
    if (part === '') return;
    this.#parts.push(part);
    this.length += part.length;
  }

  /** What is preformatted may end with white space of its own. */
  #trimEnd(): void {
    for (let part = this.#parts.pop(); part !== undefined; part = this.#parts.pop()) {
      this.length -= part.length;
      const kept = part.trimEnd();
      this.#append(kept);
      if (kept !== '') return;
    }
  }
}
