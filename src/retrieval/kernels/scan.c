/*
 * The int8 scan of ../vectorIndex/sketch.ts, which knows what the numbers mean; scan.ts is the port to it.
 * Built by `npm run kernel` with clang 14.0.6; the built file carries the digest of this one, and a test compares them.
 *
 * A block holds up to 1,024 rows of `width` codes, `width` a multiple of 16. Four rows lie interleaved, 16 codes of each
 * in turn, so that one cache line feeds four sums. Behind the codes lie five arrays of 1,024: scales, residuals,
 * norms, and the two that the scan writes: places found and their upper bounds.
 *
 * Two codes share a 16-bit lane w: the even one, plus 128, as its low byte u; the odd one h as its high byte.
 * With query words a = even and b = odd - 256 * even, which an i16 holds because codes stay within ±127,
 *   w * a + (w >> 8) * b = (256 h + u) * even + h * (odd - 256 * even) = u * even + h * odd,
 * and `offset` = 128 * (sum of the query's even codes) takes the 128s off again. Unpacking costs one shift instead of
 * two widenings; sums may wrap on the way, the last one fits.
 */
#include <stdint.h>
#include <wasm_simd128.h>

#define ROWS 1024

static inline v128_t shortDots(v128_t sum, const uint8_t *codes, v128_t a, v128_t b) {
  v128_t w = wasm_v128_load(codes);
  v128_t dots = wasm_i32x4_add(wasm_i32x4_dot_i16x8(w, a), wasm_i32x4_dot_i16x8(wasm_i16x8_shr(w, 8), b));
  return wasm_i32x4_add(sum, dots);
}

/* The four lanes' sums, one lane for each. */
static inline v128_t sums(v128_t s, v128_t t, v128_t u, v128_t v) {
  v128_t st = wasm_i32x4_add(wasm_i32x4_shuffle(s, t, 0, 4, 1, 5), wasm_i32x4_shuffle(s, t, 2, 6, 3, 7));
  v128_t uv = wasm_i32x4_add(wasm_i32x4_shuffle(u, v, 0, 4, 1, 5), wasm_i32x4_shuffle(u, v, 2, 6, 3, 7));
  return wasm_i32x4_add(wasm_i64x2_shuffle(st, uv, 0, 2), wasm_i64x2_shuffle(st, uv, 1, 3));
}

/* Puts a bound in the place of the heap's least, its root. */
static inline void raise(float *best, uint32_t limit, float bound) {
  uint32_t at = 0;
  for (uint32_t child = 1; child < limit; child = 2 * at + 1) {
    if (child + 1 < limit && best[child + 1] < best[child]) child++;
    if (best[child] >= bound) break;
    best[at] = best[child];
    at = child;
  }
  best[at] = bound;
}

/*
 * Writes the places and upper bounds of the allowed rows that may be among the `limit` best, and returns their number.
 * `best` is a heap of the `limit` greatest lower bounds so far, least first: -Infinity `limit` times before the first
 * block. A row is left out only where its upper bound is below the least of them.
 */
uint32_t scan(uint8_t *block, uint32_t width, const int16_t *query, const uint32_t *allowed, float *best,
              uint32_t limit, int32_t offset, float scale, float onResidual, float onNorm) {
  const float *scales = (const float *)(block + ROWS * width);
  const float *residuals = scales + ROWS;
  const float *norms = residuals + ROWS;
  uint32_t *places = (uint32_t *)(norms + ROWS);
  float *uppers = (float *)(places + ROWS);
  uint32_t found = 0;
  for (uint32_t row = 0; row < ROWS; row += 4) {
    uint32_t mask = allowed[row >> 5] >> (row & 31) & 15;
    if (!mask) continue;
    const uint8_t *codes = block + row * width;
    v128_t s = wasm_i32x4_splat(0), t = s, u = s, v = s;
    for (uint32_t i = 0; i < width; i += 16, codes += 64) {
      v128_t a = wasm_v128_load(query + i), b = wasm_v128_load(query + i + 8);
      s = shortDots(s, codes, a, b);
      t = shortDots(t, codes + 16, a, b);
      u = shortDots(u, codes + 32, a, b);
      v = shortDots(v, codes + 48, a, b);
    }
    v128_t dots = wasm_f32x4_convert_i32x4(wasm_i32x4_sub(sums(s, t, u, v), wasm_i32x4_splat(offset)));
    v128_t near = wasm_f32x4_mul(dots, wasm_f32x4_mul(wasm_v128_load(scales + row), wasm_f32x4_splat(scale)));
    v128_t slack = wasm_f32x4_add(wasm_f32x4_mul(wasm_v128_load(residuals + row), wasm_f32x4_splat(onResidual)),
                                  wasm_f32x4_mul(wasm_v128_load(norms + row), wasm_f32x4_splat(onNorm)));
    v128_t upper = wasm_f32x4_add(near, slack);
    mask &= wasm_i32x4_bitmask(wasm_f32x4_ge(upper, wasm_f32x4_splat(best[0])));
    if (!mask) continue;
    float lowers[4], tops[4];
    wasm_v128_store(lowers, wasm_f32x4_sub(near, slack));
    wasm_v128_store(tops, upper);
    for (uint32_t lane = 0; lane < 4; lane++) {
      if (!(mask >> lane & 1) || tops[lane] < best[0]) continue;
      places[found] = row + lane;
      uppers[found++] = tops[lane];
      if (lowers[lane] > best[0]) raise(best, limit, lowers[lane]);
    }
  }
  return found;
}
