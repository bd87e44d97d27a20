#include "bare_sealing.h"

#include <openssl/evp.h>

int bare_seal(unsigned char *bytes, size_t length, size_t piece) {
    static const unsigned char key[32] = {1}, nonce[12] = {0};
    unsigned char tag[16];
    int done = 1, written = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    for (size_t at = 0; at < length && done; at += piece) {
        int size = (int)(length - at < piece ? length - at : piece);
        done = EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
               EVP_EncryptUpdate(context, bytes + at, &written, bytes + at, size) == 1 &&
               EVP_EncryptFinal_ex(context, NULL, &written) == 1 &&
               EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, sizeof tag, tag) == 1;
    }
    EVP_CIPHER_CTX_free(context);
    return done;
}
