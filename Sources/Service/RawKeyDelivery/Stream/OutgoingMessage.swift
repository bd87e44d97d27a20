internal import GRPCCore
internal import GRPCProtobuf
internal import RawKey
internal import RawKeyMessages

/// What goes to a consumer.
enum OutgoingMessage: Sendable {
    case message(Cvqkd_Rawkey_V1_AgentMessage)
    /// A piece of a ciphertext, which is read out of locked memory when it is written.
    case chunk(position: UInt64, block: StoredBlock, offset: Int, count: Int)
}

/// Writes messages as protobuf does. A chunk is copied once, from its block to the transport's buffer; through a generated
/// message it would be three times.
struct OutgoingSerializer: MessageSerializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: OutgoingMessage) throws -> Bytes {
        switch message {
        case .message(let message): return try ProtobufSerializer().serialize(message)
        case .chunk(let position, let block, let offset, let count):
            let before = Self.beforeData(position: position, block: block, offset: offset, count: count)
            var bytes = Bytes(repeating: 0, count: before.count + count)
            let isThere = bytes.withUnsafeMutableBytes { target in
                target.copyBytes(from: before)
                return block.copyCiphertext(
                    from: offset, into: UnsafeMutableRawBufferPointer(rebasing: target[before.count...]))
            }
            guard isThere else { throw CiphertextIsGone() }
            return bytes
        }
    }

    /// An AgentMessage with a Chunk, up to the bytes of its last field.
    private static func beforeData(position: UInt64, block: StoredBlock, offset: Int, count: Int) -> [UInt8] {
        var chunk: [UInt8] = []
        append(&chunk, field: 1, number: block.session)
        append(&chunk, field: 2, number: block.cell)
        append(&chunk, field: 3, number: UInt64(offset))
        appendLength(&chunk, field: 4, count)
        var message: [UInt8] = []
        append(&message, field: 1, number: position)
        appendLength(&message, field: 4, chunk.count + count)
        return message + chunk
    }

    private static func append(_ bytes: inout [UInt8], field: UInt8, number: UInt64) {
        guard number != 0 else { return }
        bytes.append(field << 3)
        appendVarint(&bytes, number)
    }

    private static func appendLength(_ bytes: inout [UInt8], field: UInt8, _ count: Int) {
        bytes.append(field << 3 | 2)
        appendVarint(&bytes, UInt64(count))
    }

    private static func appendVarint(_ bytes: inout [UInt8], _ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// Its window was revoked, or the consumer has acknowledged it, since its last chunk.
struct CiphertextIsGone: Error {}
