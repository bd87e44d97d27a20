import UnitSchema

/// The part of the C header that says which way each message travels, and what a request needs.
struct CRequests {
    let schema: Schema
    let names: CNames

    /// What a host must have said before a request (README.md, section 5): all that it is named after, so that an author
    /// and this table cannot differ.
    private func access(_ message: Message) -> String {
        switch message.name {
        case "Hello", "GetSchema": "ACCESS_NOTHING"
        case let name where name.hasPrefix("Get"): "ACCESS_HELLO"
        default: "ACCESS_CONTROL_HELD"
        }
    }

    private var requests: [(message: Message, reply: String)] {
        schema.messages.compactMap { message in
            guard case .request(let reply)? = message.direction else { return nil }
            return (message, reply)
        }
    }

    func emit(_ code: inout CodeText) {
        guard !requests.isEmpty else { return }
        code.lines(Self.opening, prefix: names.prefix)
        let upper = names.prefix.uppercased()
        code.line("/* All requests: X(id, bytes of the shortest block, what it needs, id of its reply). */")
        code.line("#define \(names.macro("for", "each", "request"))(X) \\")
        for (index, row) in requests.enumerated() {
            let macro = names.macro(row.message.name)
            let parts = [
                "\(macro)_ID", "\(row.message.block.minimumLength)", "\(upper)_\(access(row.message))",
                names.macro(row.reply) + "_ID",
            ]
            code.line("    X(\(parts.joined(separator: ", ")))\(index + 1 == requests.count ? "" : " \\")")
        }
        code.line()
        code.lines(Self.search, prefix: names.prefix)
        code.line("/** Channel of a message, 0 if it is unknown. */")
        code.block("static inline uint8_t \(names.prefix)_channel_of(uint16_t id)\n{") { code in
            code.block("switch (id) {") { code in
                for message in schema.messages {
                    guard let direction = message.direction else { continue }
                    let channel = names.macro("channel", direction.channel)
                    code.line("case \(names.macro(message.name, "id")): return \(channel);")
                }
                code.line("default: return 0;")
            }
        }
        code.line()
    }

    private static let opening = """
        /* What a port must have before a request is carried out; else NoControl. */
        #define UPPER_ACCESS_NOTHING UINT8_C(0) /**< Nothing: the request is answered before Hello too */
        #define UPPER_ACCESS_HELLO UINT8_C(1) /**< A Hello, whatever access it got */
        #define UPPER_ACCESS_CONTROL_HELD UINT8_C(2) /**< Control of the unit */

        """

    private static let search = """
        /** What a request needs. */
        struct PREFIX_request {
            uint16_t id; /**< Its message. */
            uint16_t least_block; /**< Bytes of the shortest block; a shorter one is Malformed. */
            uint8_t access; /**< UPPER_ACCESS_NOTHING, _HELLO or _CONTROL_HELD. */
            uint16_t reply; /**< The message that answers it, if not Error. */
        };

        /** Finds a request. Returns 0 and leaves *m alone if there is no such one: UnknownMessage. */
        UPPER_MUST_CHECK static inline int PREFIX_find_request(uint16_t id, struct PREFIX_request *m)
        {
            switch (id) {
        #define PREFIX_request_row(ID, LEAST_BLOCK, ACCESS, REPLY) \\
            case ID: \\
                m->id = ID; \\
                m->least_block = LEAST_BLOCK; \\
                m->access = ACCESS; \\
                m->reply = REPLY; \\
                return 1;
            UPPER_FOR_EACH_REQUEST(PREFIX_request_row)
        #undef PREFIX_request_row
            default: return 0;
            }
        }

        """
}
