// A planted error: a check of types that passes this file checks nothing.
export const planted: number = 'not a number';
