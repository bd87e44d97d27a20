/* What README.md of firmware-schemas gives as an example, and the edges of it, against the header's own functions.
 *
 * cc -std=c11 -Wall -Wextra -Werror -pedantic -I firmware-schemas frame_vectors.c && ./a.out */
#include "cvqkd_unit.h"

#include <stdio.h>
#include <string.h>

static int passed, failed;

static void check(int condition, const char *what)
{
    if (condition) {
        passed++;
    } else {
        failed++;
        printf("failed: %s\n", what);
    }
}

static const uint8_t example[48] = {
    0x43, 0x51, 0x01, 0x01, 0x30, 0x00, 0x00, 0x00, 0x02, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x2b, 0x7a, 0x8a, 0xa3,
    0x08, 0x00, 0x0a, 0x00, 0x51, 0x51, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static void frames(void)
{
    uint8_t frame[sizeof example];
    struct cvqkd_frame seen;
    struct cvqkd_heartbeat beat = {0};
    size_t n;

    check(cvqkd_crc32c(0, (const uint8_t *)"123456789", 9) == UINT32_C(0xE3069283), "CRC of 123456789");
    memset(frame, 0xA5, sizeof frame);
    beat.count = 7;
    n = CVQKD_FRAME_HEADER_LENGTH;
    n += cvqkd_put_header(frame + n, CVQKD_HEARTBEAT_BLOCK_LENGTH, CVQKD_HEARTBEAT_ID);
    cvqkd_encode_heartbeat(frame + n, &beat);
    n += CVQKD_HEARTBEAT_BLOCK_LENGTH;
    cvqkd_frame_seal(frame, CVQKD_HEARTBEAT_CHANNEL, (uint32_t)n, 258, 0);
    check(n == sizeof example && memcmp(frame, example, n) == 0, "the frame of README.md, made");
    check(cvqkd_frame_open(example, sizeof example, &seen) && seen.channel == CVQKD_CHANNEL_REQUEST
              && seen.length == 48 && seen.number == 258 && seen.session == 0,
          "the frame of README.md, read");
    for (size_t bit = 0; bit < 8 * sizeof example; bit++) {
        memcpy(frame, example, sizeof example);
        frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (cvqkd_frame_open(frame, sizeof frame, &seen))
            check(0, "a flipped bit");
    }
    check(!cvqkd_frame_open(example, sizeof example - 1, &seen), "a frame that is cut");
}

static void line(const uint8_t *bytes, size_t n, const uint8_t *encoded, size_t m, const char *what)
{
    uint8_t room[600], back[600];
    check(cvqkd_cobs_encode(bytes, n, room) == m + 1 && memcmp(room, encoded, m) == 0 && room[m] == 0
              && m + 1 <= CVQKD_COBS_LENGTH(n),
          what);
    check(cvqkd_cobs_decode(encoded, m, back) == n && memcmp(back, bytes, n) == 0, what);
    memcpy(room, encoded, m);
    check(cvqkd_cobs_decode(room, m, room) == n && memcmp(room, bytes, n) == 0, what);
}

static void cobs(void)
{
    static const uint8_t plain[] = {0x11, 0x22, 0x00, 0x33}, coded[] = {0x03, 0x11, 0x22, 0x02, 0x33};
    uint8_t bytes[509], encoded[600];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(1 + i % 254);
    line(plain, sizeof plain, coded, sizeof coded, "COBS of README.md");
    encoded[0] = 0xFF;
    memcpy(encoded + 1, bytes, 254);
    line(bytes, 254, encoded, 255, "254 bytes that are not zero");
    encoded[255] = 1;
    check(cvqkd_cobs_decode(encoded, 256, encoded) == 254, "a further 01 behind them");
    encoded[0] = 0xFF;
    memcpy(encoded + 1, bytes, 254);
    encoded[255] = 2;
    encoded[256] = bytes[254];
    line(bytes, 255, encoded, 257, "255 bytes that are not zero");
    bytes[254] = 0;
    encoded[255] = 1;
    encoded[256] = 1;
    line(bytes, 255, encoded, 257, "254 bytes and a zero");
    check(cvqkd_cobs_decode((const uint8_t *)"\5\1", 2, encoded) == 0, "COBS that does not add up");
}

static void texts(void)
{
    char field[4];
    uint8_t bytes[32];
    const uint8_t *data;
    uint32_t length = 0;
    size_t n = 0;

    cvqkd_text_set(field, sizeof field, "ab");
    check(memcmp(field, "ab\0\0", 4) == 0 && cvqkd_text_length(field, sizeof field) == 2, "a short text");
    cvqkd_text_set(field, sizeof field, "abcd");
    check(memcmp(field, "abcd", 4) == 0 && cvqkd_text_length(field, sizeof field) == 4, "a text that fills its field");
    cvqkd_text_set(field, sizeof field, "abc\xc3\xa9");
    check(memcmp(field, "abc\0", 4) == 0, "a text that is cut before a character");
    check(cvqkd_put_text(bytes, "abc\xc3\xa9", 4) == 7 && bytes[0] == 3, "a text as data, cut likewise");
    check(cvqkd_get_data(bytes, 7, &n, &data, &length) && n == 7 && length == 3 && data == bytes + 4, "data, read");
    n = 0;
    check(!cvqkd_get_data(bytes, 6, &n, &data, &length) && n == 0, "data that is cut");
    n = 3;
    check(!cvqkd_get_data(bytes, 2, &n, &data, &length), "an offset behind the end");
}

static void groups(void)
{
    uint8_t bytes[40];
    uint16_t block, entries;
    size_t n = 0;
    check(cvqkd_put_dimension(bytes, 16, 2) == 8, "a dimension");
    check(cvqkd_get_dimension(bytes, 40, &n, &block, &entries) && n == 8 && block == 16 && entries == 2, "a group");
    n = 0;
    check(!cvqkd_get_dimension(bytes, 39, &n, &block, &entries) && n == 0, "a group that is cut");
}

static void table(void)
{
    struct cvqkd_request row;
    check(cvqkd_find_request(CVQKD_START_STREAM_ID, &row) && row.least_block == 64
              && row.access == CVQKD_ACCESS_CONTROL_HELD && row.reply == CVQKD_STREAM_STARTED_ID,
          "StartStream");
    check(cvqkd_find_request(CVQKD_GET_SCHEMA_ID, &row) && row.access == CVQKD_ACCESS_NOTHING, "GetSchema");
    check(cvqkd_find_request(CVQKD_GET_CLOCK_ID, &row) && row.access == CVQKD_ACCESS_HELLO, "GetClock");
    check(cvqkd_find_request(CVQKD_READ_CAPTURE_ID, &row) && row.access == CVQKD_ACCESS_CONTROL_HELD, "ReadCapture");
    check(!cvqkd_find_request(CVQKD_STATUS_ID, &row) && !cvqkd_find_request(94, &row), "what is not a request");
    check(cvqkd_channel_of(CVQKD_STATUS_ID) == CVQKD_CHANNEL_REPLY && cvqkd_channel_of(94) == 0
              && cvqkd_channel_of(CVQKD_SYMBOL_BEACON_ID) == CVQKD_CHANNEL_PEER,
          "directions");
    check(CVQKD_RESET_CONFIRMATION == UINT32_C(0x54455352) && CVQKD_RESET_CONFIRMATION_FIELD == 3, "a word");
    check(CVQKD_ZEROISE_CONFIRMATION == UINT64_C(0x4553494F52455A21), "the other word");
    check(CVQKD_STREAM_FRAME_SAMPLES_OFFSET == 96, "where samples begin");
    check(cvqkd_stream_flags_without(cvqkd_stream_flags_with(CVQKD_STREAM_FLAGS_GAP, CVQKD_STREAM_FLAGS_CLIPPED),
                                     CVQKD_STREAM_FLAGS_GAP)
              == CVQKD_STREAM_FLAGS_CLIPPED,
          "flags");
}

int main(void)
{
    frames();
    cobs();
    texts();
    groups();
    table();
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
