/**
 * A model card as the page shows it: what of Markdown it knows, as data. There is no HTML in it and nothing that would be
 * fetched to show it.
 */
export interface Card {
  /** Its first heading, where that is of the first level; else ''. */
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: 'heading'; readonly level: HeadingLevel; readonly content: readonly Inline[] }
  | { readonly kind: 'paragraph'; readonly content: readonly Inline[] }
  /** `start` is the first number; null for a list without numbers. */
  | { readonly kind: 'list'; readonly start: number | null; readonly items: readonly (readonly Block[])[] }
  | { readonly kind: 'quote'; readonly blocks: readonly Block[] }
  | { readonly kind: 'code'; readonly text: string }
  | CardTable
  | { readonly kind: 'rule' };

/** Below the card's title, which is of level 2 in the page. */
export type HeadingLevel = 3 | 4 | 5 | 6;

export interface CardTable {
  readonly kind: 'table';
  /** What stands before it, for those who do not see it; no other table of the card has the same. */
  readonly name: string;
  readonly columns: readonly { readonly content: readonly Inline[]; readonly align: 'start' | 'center' | 'end' }[];
  readonly rows: readonly (readonly (readonly Inline[])[])[];
}

export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'strong' | 'emphasis' | 'struck'; readonly content: readonly Inline[] }
  /** To another site, by http or https. */
  | { readonly kind: 'link'; readonly address: string; readonly content: readonly Inline[] }
  | { readonly kind: 'break' };
