/// The part of the C header that carries messages: frames, CRC-32C, COBS. It is the same for every schema.
enum CFrames {
    static func emit(_ names: CNames, _ code: inout CodeText) { code.lines(body, prefix: names.prefix) }

    private static let body = """
        /* Frames (README.md, section 1): a header of 32 bytes, one message, and samples in stream frames. */
        #define UPPER_FRAME_MAGIC UINT16_C(0x5143)
        #define UPPER_FRAME_VERSION UINT8_C(1)
        #define UPPER_FRAME_HEADER_LENGTH 32
        /** Bytes of the shortest frame: header and message header. */
        #define UPPER_FRAME_LENGTH_MIN 40
        #define UPPER_FRAME_LENGTH_MAX 65536
        /** Bytes of the longest reply or event. */
        #define UPPER_REPLY_LENGTH_MAX 4096
        /** A unit takes requests of at least so many bytes (HelloReply.maximumControlFrame). */
        #define UPPER_REQUEST_LENGTH_LEAST 1024

        #define UPPER_CHANNEL_REQUEST UINT8_C(1) /**< Host to unit */
        #define UPPER_CHANNEL_REPLY UINT8_C(2) /**< Unit to host, with the number of its request */
        #define UPPER_CHANNEL_EVENT UINT8_C(3) /**< Unit to host, numbered from 0 for each Hello */
        #define UPPER_CHANNEL_STREAM UINT8_C(4) /**< Unit to host, numbered from 0 for each session */
        #define UPPER_CHANNEL_PEER UINT8_C(5) /**< Unit to unit; never on a host's port */

        /** What a frame's header says. */
        struct PREFIX_frame {
            uint8_t channel; /**< UPPER_CHANNEL_… */
            uint32_t length; /**< Bytes from magic to the last byte. */
            uint32_t number; /**< Of the request, event or stream frame. */
            uint64_t session; /**< Of stream frames; 0 in all others. */
        };

        /** CRC-32C of more bytes; begin with 0. That of the nine bytes 123456789 is 0xE3069283. */
        static inline uint32_t PREFIX_crc32c(uint32_t crc, const uint8_t *bytes, size_t count)
        {
            /* Half a byte at a time: 64 bytes of table, and fast enough for a microcontroller without a CRC unit. */
            static const uint32_t table[16] = {
                0x00000000u, 0x105ec76fu, 0x20bd8edeu, 0x30e349b1u, 0x417b1dbcu, 0x5125dad3u, 0x61c69362u, 0x7198540du,
                0x82f63b78u, 0x92a8fc17u, 0xa24bb5a6u, 0xb21572c9u, 0xc38d26c4u, 0xd3d3e1abu, 0xe330a81au, 0xf36e6f75u,
            };
            crc = ~crc;
            for (size_t i = 0; i < count; i++) {
                crc ^= bytes[i];
                crc = (crc >> 4) ^ table[crc & 15u];
                crc = (crc >> 4) ^ table[crc & 15u];
            }
            return ~crc;
        }

        /** The CRC of a whole frame: of its header without the CRC itself, and of what follows. */
        static inline uint32_t PREFIX_frame_crc(const uint8_t *frame, size_t length)
        {
            return PREFIX_crc32c(PREFIX_crc32c(0, frame, 28), frame + 32, length - 32);
        }

        /** Writes the header of a frame whose message already lies at frame + 32, and its CRC. */
        static inline void PREFIX_frame_seal(uint8_t *frame, uint8_t channel, uint32_t length, uint32_t number, uint64_t session)
        {
            PREFIX_put_uint16(frame, UPPER_FRAME_MAGIC);
            PREFIX_put_uint8(frame + 2, UPPER_FRAME_VERSION);
            PREFIX_put_uint8(frame + 3, channel);
            PREFIX_put_uint32(frame + 4, length);
            PREFIX_put_uint32(frame + 8, number);
            PREFIX_put_zeros(frame + 12, 4);
            PREFIX_put_uint64(frame + 16, session);
            PREFIX_put_zeros(frame + 24, 4);
            PREFIX_put_uint32(frame + 28, PREFIX_frame_crc(frame, length));
        }

        /** Reads the header of a frame of count bytes. Returns 0, and the frame is to be dropped without an answer, if magic,
         *  version, length or CRC is wrong. The message is then the length - 32 bytes at frame + 32. */
        UPPER_MUST_CHECK static inline int PREFIX_frame_open(const uint8_t *frame, size_t count, struct PREFIX_frame *m)
        {
            uint32_t length;
            if (count < UPPER_FRAME_LENGTH_MIN || PREFIX_get_uint16(frame) != UPPER_FRAME_MAGIC
                || PREFIX_get_uint8(frame + 2) != UPPER_FRAME_VERSION)
                return 0;
            length = PREFIX_get_uint32(frame + 4);
            if (length < UPPER_FRAME_LENGTH_MIN || length > UPPER_FRAME_LENGTH_MAX || length > count
                || PREFIX_get_uint32(frame + 28) != PREFIX_frame_crc(frame, length))
                return 0;
            m->channel = PREFIX_get_uint8(frame + 3);
            m->length = length;
            m->number = PREFIX_get_uint32(frame + 8);
            m->session = PREFIX_get_uint64(frame + 16);
            return 1;
        }

        /** Bytes that count bytes have at most on a serial line, the ending 0x00 included. */
        #define UPPER_COBS_LENGTH(count) ((count) + ((count) + 253) / 254 + 2)

        /** Encodes a frame for a serial line (COBS) with the ending 0x00; returns the number of bytes written. */
        static inline size_t PREFIX_cobs_encode(const uint8_t *bytes, size_t count, uint8_t *encoded)
        {
            size_t code = 0, n = 1;
            for (size_t i = 0; i < count; i++) {
                if (bytes[i] != 0)
                    encoded[n++] = bytes[i];
                if (bytes[i] == 0 || (n - code == 255 && i + 1 < count)) {
                    encoded[code] = (uint8_t)(n - code);
                    code = n++;
                }
            }
            encoded[code] = (uint8_t)(n - code);
            encoded[n++] = 0;
            return n;
        }

        /** Decodes what came before a 0x00; bytes may be encoded itself. Returns the number of bytes, 0 if it does not add up. */
        UPPER_MUST_CHECK static inline size_t PREFIX_cobs_decode(const uint8_t *encoded, size_t count, uint8_t *bytes)
        {
            size_t i = 0, n = 0;
            while (i < count) {
                size_t code = encoded[i++];
                if (code == 0 || code - 1 > count - i)
                    return 0;
                for (size_t j = 1; j < code; j++)
                    bytes[n++] = encoded[i++];
                if (code < 255 && i < count)
                    bytes[n++] = 0;
            }
            return n;
        }

        """
}
