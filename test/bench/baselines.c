/* What the vector index is measured against: a plain f32 scan with SIMD, and reading bytes with nothing done to them. */
#include <stdint.h>
#include <wasm_simd128.h>

/* The `limit` greatest scores of `rows` x `width` numbers, unsorted: a heap with the least first. `width`: a multiple of 16. */
void scanFloats(const float *vectors, uint32_t rows, uint32_t width, const float *query, uint32_t limit, float *scores,
                uint32_t *places) {
  for (uint32_t i = 0; i < limit; i++) scores[i] = -__builtin_inff();
  for (uint32_t row = 0; row < rows; row++, vectors += width) {
    v128_t s = wasm_f32x4_splat(0), t = s, u = s, v = s;
    for (uint32_t i = 0; i < width; i += 16) {
      s = wasm_f32x4_add(s, wasm_f32x4_mul(wasm_v128_load(vectors + i), wasm_v128_load(query + i)));
      t = wasm_f32x4_add(t, wasm_f32x4_mul(wasm_v128_load(vectors + i + 4), wasm_v128_load(query + i + 4)));
      u = wasm_f32x4_add(u, wasm_f32x4_mul(wasm_v128_load(vectors + i + 8), wasm_v128_load(query + i + 8)));
      v = wasm_f32x4_add(v, wasm_f32x4_mul(wasm_v128_load(vectors + i + 12), wasm_v128_load(query + i + 12)));
    }
    s = wasm_f32x4_add(wasm_f32x4_add(s, t), wasm_f32x4_add(u, v));
    float score = wasm_f32x4_extract_lane(s, 0) + wasm_f32x4_extract_lane(s, 1) + wasm_f32x4_extract_lane(s, 2) +
                  wasm_f32x4_extract_lane(s, 3);
    if (score <= scores[0]) continue;
    uint32_t at = 0;
    for (uint32_t child = 1; child < limit; child = 2 * at + 1) {
      if (child + 1 < limit && scores[child + 1] < scores[child]) child++;
      if (scores[child] >= score) break;
      scores[at] = scores[child];
      places[at] = places[child];
      at = child;
    }
    scores[at] = score;
    places[at] = row;
  }
}

/* Reads `size` bytes, a multiple of 64, and returns what only a reader of all could know. */
int32_t readBytes(const uint8_t *bytes, uint32_t size) {
  v128_t s = wasm_i32x4_splat(0), t = s, u = s, v = s;
  for (uint32_t i = 0; i < size; i += 64) {
    s = wasm_v128_xor(s, wasm_v128_load(bytes + i));
    t = wasm_v128_xor(t, wasm_v128_load(bytes + i + 16));
    u = wasm_v128_xor(u, wasm_v128_load(bytes + i + 32));
    v = wasm_v128_xor(v, wasm_v128_load(bytes + i + 48));
  }
  return wasm_i32x4_extract_lane(wasm_v128_xor(wasm_v128_xor(s, t), wasm_v128_xor(u, v)), 0);
}
