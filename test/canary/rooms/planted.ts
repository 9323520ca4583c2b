// A planted error: rooms have no document. A dependency that quietly brings the DOM's types would hide it.
export const planted = document.title;
