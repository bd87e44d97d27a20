/// The part of the C header for texts, groups and data of variable length.
enum CTexts {
    static func emit(_ names: CNames, _ code: inout CodeText) { code.lines(body, prefix: names.prefix) }

    private static let body = """
        /** Copies a text that ends with a zero into a field of capacity bytes, fills it up with zeros, and cuts a text that is
         *  too long between two characters of UTF-8. A text that fills its field has no zero behind it. */
        static inline void PREFIX_text_set(char *field, size_t capacity, const char *text)
        {
            size_t n = 0;
            while (n < capacity && text[n] != 0)
                n++;
            if (n == capacity)
                while (n > 0 && ((uint8_t)text[n] & 0xC0u) == 0x80u)
                    n--;
            for (size_t i = 0; i < capacity; i++)
                field[i] = i < n ? text[i] : (char)0;
        }

        /** Bytes of the text in a field of capacity bytes. */
        static inline size_t PREFIX_text_length(const char *field, size_t capacity)
        {
            size_t n = 0;
            while (n < capacity && field[n] != 0)
                n++;
            return n;
        }

        /** Writes a data field: its length, then the bytes. Returns the number of bytes written. */
        static inline size_t PREFIX_put_data(uint8_t *bytes, const uint8_t *data, uint32_t length)
        {
            PREFIX_put_uint32(bytes, length);
            for (uint32_t i = 0; i < length; i++)
                bytes[4 + i] = data[i];
            return (size_t)length + 4;
        }

        /** Writes a text that ends with a zero as a data field, cut to limit bytes between two characters. Returns the number
         *  of bytes written. */
        static inline size_t PREFIX_put_text(uint8_t *bytes, const char *text, uint32_t limit)
        {
            uint32_t n = 0;
            while (n < limit && text[n] != 0)
                n++;
            if (n == limit)
                while (n > 0 && ((uint8_t)text[n] & 0xC0u) == 0x80u)
                    n--;
            PREFIX_put_uint32(bytes, n);
            for (uint32_t i = 0; i < n; i++)
                bytes[4 + i] = (uint8_t)text[i];
            return (size_t)n + 4;
        }

        /** Reads a data field at *offset of count bytes and moves *offset behind it; data points into bytes. Returns 0 and
         *  changes nothing if the bytes are not there. */
        UPPER_MUST_CHECK static inline int PREFIX_get_data(
            const uint8_t *bytes, size_t count, size_t *offset, const uint8_t **data, uint32_t *length)
        {
            uint32_t n;
            if (*offset > count || count - *offset < 4)
                return 0;
            n = PREFIX_get_uint32(bytes + *offset);
            if (n > count - *offset - 4)
                return 0;
            *data = bytes + *offset + 4;
            *length = n;
            *offset += (size_t)n + 4;
            return 1;
        }

        /** Reads what stands before the entries of a group at *offset of count bytes and moves *offset to the first entry.
         *  Entries follow at a stride of *block_length. Returns 0 and changes nothing if they are not all there. */
        UPPER_MUST_CHECK static inline int PREFIX_get_dimension(
            const uint8_t *bytes, size_t count, size_t *offset, uint16_t *block_length, uint16_t *entries)
        {
            if (*offset > count || count - *offset < UPPER_DIMENSION_LENGTH)
                return 0;
            *block_length = PREFIX_get_uint16(bytes + *offset);
            *entries = PREFIX_get_uint16(bytes + *offset + 2);
            if ((size_t)*block_length * *entries > count - *offset - UPPER_DIMENSION_LENGTH)
                return 0;
            *offset += UPPER_DIMENSION_LENGTH;
            return 1;
        }

        """
}
