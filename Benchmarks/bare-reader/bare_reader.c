/* The rival: what a C programmer would write against libusb, with the same transfers (16 x 256 KiB) and the same checks
 * on each frame as the driver, by the same kernels. One thread: events, checks, resubmission. Prints one JSON line.
 *
 *   bare_reader NODE MEGABYTES [unchecked | deaf]
 *
 * It listens for replies, as everybody must who streams from a unit. That is not free with every controller: dummy_hcd
 * looks every 125 us whether a transfer that waits can go on. "deaf" does not listen and shows what that costs.
 * "unchecked" throws the bytes away: how fast the source and the kernel are.
 *
 *   bare_reader memory FILE           the checks alone, over the 1,024 frames of FILE */
#define _GNU_SOURCE
#include <fcntl.h>
#include <libusb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "cunitio_kernels.h"
#include "cvqkd_unit.h"

enum { TRANSFERS = 16, BYTES = 262144, STRIDE = 16384, SYMBOLS = 4072, PASS = 1024 * STRIDE };
enum { REPLY_TRANSFERS = 4, REPLY_BYTES = 8192 };

static struct {
    uint64_t total, bytes, frames, next_symbol, delivered, dropped, by_kind[8];
    uint32_t next_number;
    int checked, done, failed;
    cu_moments x, p;
} state;

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double cpu_seconds(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + 1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static uint32_t le32(const uint8_t *bytes) {
    uint32_t value;
    memcpy(&value, bytes, 4);
    return value;
}

static uint64_t le64(const uint8_t *bytes) {
    uint64_t value;
    memcpy(&value, bytes, 8);
    return value;
}

/* Header, CRC-32C, session, message, plausibility, number and index, account, sums. */
static int check(const uint8_t *frame) {
    uint32_t length = le32(frame + 4);
    if (frame[0] != 0x43 || frame[1] != 0x51 || frame[2] != 1 || frame[3] != 4) return 0;
    if (length < 40 || length > STRIDE) return 0;
    if (cu_crc32c(cu_crc32c(0, frame, 28), frame + 32, length - 32) != le32(frame + 28)) return 0;
    if (le64(frame + 16) != 1) return 0;
    struct cvqkd_message_header header;
    struct cvqkd_stream_frame m;
    cvqkd_get_header(frame + 32, &header);
    if (header.template_id != CVQKD_STREAM_FRAME_ID || header.block_length % 8) return 0;
    if (40u + header.block_length > length) return 0;
    if (!cvqkd_decode_stream_frame(frame + 40, header.block_length, &m)) return 0;
    uint32_t sample_bytes = length - 40 - header.block_length;
    if (m.purpose != CVQKD_SESSION_PURPOSE_TEST || m.count > SYMBOLS || m.count == 0 || m.kind == 0 || m.kind > 6) return 0;
    if (m.content != CVQKD_STREAM_CONTENT_MEASURED || m.format != CVQKD_SAMPLE_FORMAT_XP16) return 0;
    if (sample_bytes != 4 * m.count || m.first_symbol > UINT64_MAX - m.count) return 0;
    if (le32(frame + 8) != state.next_number || m.first_symbol != state.next_symbol || m.dropped_symbols) return 0;
    state.next_number++;
    state.next_symbol = m.first_symbol + m.count;
    state.delivered += m.count;
    state.by_kind[m.kind] += m.count;
    state.frames++;
    cu_moments_xp16((const int16_t *)(frame + 40 + header.block_length), m.count, -8191, 8191, &state.x, &state.p);
    return 1;
}

static void completed(struct libusb_transfer *transfer) {
    if (transfer->status != LIBUSB_TRANSFER_COMPLETED) {
        if (transfer->status != LIBUSB_TRANSFER_CANCELLED) state.failed = 1;
        return;
    }
    for (int offset = 0; state.checked && offset + STRIDE <= transfer->actual_length; offset += STRIDE) {
        if (!check(transfer->buffer + offset)) state.failed = 2;
        if (state.frames % (PASS / STRIDE)) continue;
        if (state.delivered != state.next_symbol) state.failed = 3;
        state.next_number = 0;
        state.next_symbol = state.delivered = 0;
    }
    state.bytes += (uint64_t)transfer->actual_length;
    if (state.bytes >= state.total) state.done = 1;
    if (libusb_submit_transfer(transfer) != 0) state.failed = 4;
}

/* Orders so many bytes and reads them. */
static int stream(libusb_context *context, libusb_device_handle *handle, uint8_t endpoint, uint64_t total) {
    uint64_t order[2] = {total, 0};
    int sent;
    state.total = total;
    state.bytes = state.frames = 0;
    state.done = 0;
    memset(&state.x, 0, sizeof state.x);
    memset(&state.p, 0, sizeof state.p);
    if (libusb_bulk_transfer(handle, endpoint, (uint8_t *)order, 16, &sent, 1000) != 0) return 0;
    while (!state.done && !state.failed) libusb_handle_events(context);
    return 1;
}

/* The source never replies: these only wait. */
static int listen_for_replies(libusb_device_handle *handle, uint8_t endpoint) {
    for (int i = 0; i < REPLY_TRANSFERS; i++) {
        struct libusb_transfer *transfer = libusb_alloc_transfer(0);
        libusb_fill_bulk_transfer(transfer, handle, endpoint, malloc(REPLY_BYTES), REPLY_BYTES, completed, NULL, 0);
        if (libusb_submit_transfer(transfer) != 0) return 0;
    }
    return 1;
}

static int from_memory(const char *path) {
    uint8_t *block = aligned_alloc(4096, PASS);
    FILE *file = fopen(path, "rb");
    if (!block || !file || fread(block, 1, PASS, file) != PASS) return 1;
    double best = 1e9;
    uint8_t *target = aligned_alloc(4096, PASS);
    for (int round = 0; round < 7; round++) {
        memset(&state, 0, sizeof state);
        /* receive-path copies between its rounds, too: the caches are as full of something else. */
        if (target) memcpy(target, block, PASS);
        double start = seconds();
        for (int offset = 0; offset < PASS; offset += STRIDE)
            if (!check(block + offset)) return 2;
        double elapsed = seconds() - start;
        if (elapsed < best) best = elapsed;
    }
    printf("{\"gigabytesPerSecond\": %.4f, \"sumOfSquares\": %llu}\n", PASS / best / 1e9,
           (unsigned long long)(state.x.sum_squares + state.p.sum_squares));
    return 0;
}

int main(int count, char **words) {
    if (count < 3) return 64;
    if (strcmp(words[1], "memory") == 0) return from_memory(words[2]);
    libusb_context *context;
    libusb_device_handle *handle;
    struct libusb_config_descriptor *configuration;
    libusb_set_option(NULL, LIBUSB_OPTION_NO_DEVICE_DISCOVERY);
    int file = open(words[1], O_RDWR | O_CLOEXEC);
    if (file < 0 || libusb_init(&context) != 0 || libusb_wrap_sys_device(context, file, &handle) != 0) return 1;
    if (libusb_get_config_descriptor(libusb_get_device(handle), 0, &configuration) != 0) return 2;
    if (libusb_claim_interface(handle, 0) != 0) return 3;
    /* In their order: bulk OUT, bulk IN of replies, bulk IN of the stream. */
    const struct libusb_endpoint_descriptor *endpoints = configuration->interface->altsetting->endpoint;
    state.checked = count < 4 || strcmp(words[3], "unchecked") != 0;

    int deaf = count > 3 && strcmp(words[3], "deaf") == 0;
    if (!deaf && !listen_for_replies(handle, endpoints[1].bEndpointAddress)) return 7;
    struct libusb_transfer *transfers[TRANSFERS];
    for (int i = 0; i < TRANSFERS; i++) {
        transfers[i] = libusb_alloc_transfer(0);
        void *memory = aligned_alloc(4096, BYTES);
        memset(memory, 0, BYTES);
        libusb_fill_bulk_transfer(transfers[i], handle, endpoints[2].bEndpointAddress, memory, BYTES, completed, NULL, 0);
        if (libusb_submit_transfer(transfers[i]) != 0) return 4;
    }
    /* One pass before the clock starts, as the driver's reader: what a program does once is not what is compared. */
    if (!stream(context, handle, endpoints[0].bEndpointAddress, PASS)) return 5;
    double start = seconds(), start_cpu = cpu_seconds();
    if (!stream(context, handle, endpoints[0].bEndpointAddress, strtoull(words[2], NULL, 10) << 20)) return 5;
    double elapsed = seconds() - start, cpu = cpu_seconds() - start_cpu;
    if (state.failed) {
        fprintf(stderr, "bare_reader: failure %d after %llu bytes\n", state.failed, (unsigned long long)state.bytes);
        return 6;
    }
    printf("{\"bytes\": %llu, \"seconds\": %.6f, \"cpuSeconds\": %.6f, \"sumOfSquares\": %llu}\n",
           (unsigned long long)state.bytes, elapsed, cpu,
           (unsigned long long)(state.x.sum_squares + state.p.sum_squares));
    return 0; /* the kernel takes back what is under way */
}
