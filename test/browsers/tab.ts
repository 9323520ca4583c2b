/**
 * One tab of one browser: the little that the journey needs and that every way of driving a browser can do.
 * A driver refuses to know what the page is for; where things are on it is the visitor's affair (`visitor.ts`).
 */
export interface Tab {
  readonly version: string;
  open(address: string): Promise<void>;
  reload(): Promise<void>;
  /** The value of an expression, or what it promises; JSON. */
  evaluate(expression: string): Promise<unknown>;
  /** Presses with the pointer, as a visitor would, the element that the expression gives. */
  click(expression: string): Promise<void>;
  /** Into what has the focus. */
  type(text: string): Promise<void>;
  pressEscape(): Promise<void>;
  /** What went wrong in the page and nothing caught, so far. */
  uncaught(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** A browser that the journey is taken through. */
export interface Driver {
  readonly name: string;
  /** Starts the browser with a profile of its own, empty. Throws a sentence saying what to install when there is none. */
  start(): Promise<Tab>;
}
