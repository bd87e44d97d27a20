import UnitSchema

/// The part of the C header that does not depend on the messages: bytes and numbers.
enum CHelpers {
    static func emit(_ names: CNames, _ code: inout CodeText) {
        code.lines(compilers, prefix: names.prefix)
        let upper = names.prefix.uppercased()
        code.line("/* Null values: what an optional field, or a field that an older sender lacks, has. */")
        for primitive in Primitive.allCases where !primitive.isReal {
            code.line(
                "#define \(upper)_NULL_\("\(primitive)".uppercased()) \(CNames.literal(primitive.standardNull, primitive))"
            )
        }
        code.line("#define \(upper)_NULL_FLOAT \(names.prefix)_float_of_bits(UINT32_C(0x7fc00000))")
        code.line("#define \(upper)_NULL_DOUBLE \(names.prefix)_double_of_bits(UINT64_C(0x7ff8000000000000))")
        code.line()
        code.line("/* Numbers to and from little-endian bytes, on a machine of any byte order and alignment. */")
        code.lines(body, prefix: names.prefix)
    }

    /// What C and C++ of different makers call differently.
    private static let compilers = """
        /* A result that nobody looks at is a message that was not read: compilers that can say so do. */
        #if defined(__GNUC__) || defined(__clang__)
        #define UPPER_MUST_CHECK __attribute__((warn_unused_result))
        #else
        #define UPPER_MUST_CHECK
        #endif
        #ifdef __cplusplus
        #define UPPER_ASSERT(condition, name) static_assert(condition, name)
        #else
        #define UPPER_ASSERT(condition, name) _Static_assert(condition, name)
        #endif

        """

    private static let body = """
        static inline void PREFIX_put_zeros(uint8_t *bytes, size_t count)
        {
            for (size_t i = 0; i < count; i++)
                bytes[i] = 0;
        }

        static inline void PREFIX_put_uint8(uint8_t *bytes, uint8_t value) { bytes[0] = value; }

        static inline void PREFIX_put_uint16(uint8_t *bytes, uint16_t value)
        {
            bytes[0] = (uint8_t)(value & 0xff);
            bytes[1] = (uint8_t)(value >> 8);
        }

        static inline void PREFIX_put_uint32(uint8_t *bytes, uint32_t value)
        {
            PREFIX_put_uint16(bytes, (uint16_t)(value & 0xffff));
            PREFIX_put_uint16(bytes + 2, (uint16_t)(value >> 16));
        }

        static inline void PREFIX_put_uint64(uint8_t *bytes, uint64_t value)
        {
            PREFIX_put_uint32(bytes, (uint32_t)(value & 0xffffffff));
            PREFIX_put_uint32(bytes + 4, (uint32_t)(value >> 32));
        }

        static inline uint8_t PREFIX_get_uint8(const uint8_t *bytes) { return bytes[0]; }

        static inline uint16_t PREFIX_get_uint16(const uint8_t *bytes)
        {
            return (uint16_t)(bytes[0] | (uint16_t)(bytes[1] << 8));
        }

        static inline uint32_t PREFIX_get_uint32(const uint8_t *bytes)
        {
            return PREFIX_get_uint16(bytes) | ((uint32_t)PREFIX_get_uint16(bytes + 2) << 16);
        }

        static inline uint64_t PREFIX_get_uint64(const uint8_t *bytes)
        {
            return PREFIX_get_uint32(bytes) | ((uint64_t)PREFIX_get_uint32(bytes + 4) << 32);
        }

        /* A union, since a cast of the pointer would break the aliasing rules and memcpy needs a library. */
        union PREFIX_float_bits { float value; uint32_t bits; };
        union PREFIX_double_bits { double value; uint64_t bits; };

        static inline float PREFIX_float_of_bits(uint32_t bits)
        {
            union PREFIX_float_bits u;
            u.bits = bits;
            return u.value;
        }

        static inline double PREFIX_double_of_bits(uint64_t bits)
        {
            union PREFIX_double_bits u;
            u.bits = bits;
            return u.value;
        }

        static inline void PREFIX_put_float(uint8_t *bytes, float value)
        {
            union PREFIX_float_bits u;
            u.value = value;
            PREFIX_put_uint32(bytes, u.bits);
        }

        static inline void PREFIX_put_double(uint8_t *bytes, double value)
        {
            union PREFIX_double_bits u;
            u.value = value;
            PREFIX_put_uint64(bytes, u.bits);
        }

        static inline float PREFIX_get_float(const uint8_t *bytes) { return PREFIX_float_of_bits(PREFIX_get_uint32(bytes)); }
        static inline double PREFIX_get_double(const uint8_t *bytes) { return PREFIX_double_of_bits(PREFIX_get_uint64(bytes)); }

        /* Two's complement by arithmetic: the conversion of a large unsigned number is the compiler's choice. */
        static inline void PREFIX_put_int8(uint8_t *bytes, int8_t value) { PREFIX_put_uint8(bytes, (uint8_t)value); }
        static inline void PREFIX_put_int16(uint8_t *bytes, int16_t value) { PREFIX_put_uint16(bytes, (uint16_t)value); }
        static inline void PREFIX_put_int32(uint8_t *bytes, int32_t value) { PREFIX_put_uint32(bytes, (uint32_t)value); }
        static inline void PREFIX_put_int64(uint8_t *bytes, int64_t value) { PREFIX_put_uint64(bytes, (uint64_t)value); }
        static inline void PREFIX_put_char(uint8_t *bytes, char value) { bytes[0] = (uint8_t)value; }

        static inline int64_t PREFIX_get_int64(const uint8_t *bytes)
        {
            uint64_t bits = PREFIX_get_uint64(bytes);
            return bits <= (uint64_t)INT64_MAX ? (int64_t)bits : -(int64_t)(UINT64_MAX - bits) - 1;
        }

        static inline int32_t PREFIX_get_int32(const uint8_t *bytes)
        {
            uint32_t bits = PREFIX_get_uint32(bytes);
            return bits <= (uint32_t)INT32_MAX ? (int32_t)bits : -(int32_t)(UINT32_MAX - bits) - 1;
        }

        static inline int16_t PREFIX_get_int16(const uint8_t *bytes)
        {
            int32_t bits = PREFIX_get_uint16(bytes);
            return (int16_t)(bits < 0x8000 ? bits : bits - 0x10000);
        }

        static inline int8_t PREFIX_get_int8(const uint8_t *bytes)
        {
            return (int8_t)(bytes[0] < 0x80 ? bytes[0] : (int)bytes[0] - 0x100);
        }

        static inline char PREFIX_get_char(const uint8_t *bytes) { return (char)bytes[0]; }

        """
}
