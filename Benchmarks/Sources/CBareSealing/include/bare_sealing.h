/* AES-256-GCM by libcrypto and nothing else: what sealing blocks is compared with. */
#pragma once
#include <stddef.h>

/* Encrypts length bytes in place, piece by piece, each under the same key. 1 if all went well. */
int bare_seal(unsigned char *bytes, size_t length, size_t piece);
