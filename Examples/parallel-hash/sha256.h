/* SHA-256 (FIPS 180-4), fed in pieces of any length. */
#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = 32, SHA256_BLOCK = 64 };

struct sha256 {
  uint32_t state[8];
  uint64_t length;             /* bytes so far */
  uint8_t block[SHA256_BLOCK]; /* the last length % 64 of them */
};

void sha256_init(struct sha256 *hash);
void sha256_update(struct sha256 *hash, const void *data, size_t size);
void sha256_final(struct sha256 *hash, uint8_t digest[SHA256_SIZE]);

#endif /* SHA256_H */
