import Foundation
import Testing
import UnitProtocol

@Suite struct GeneratedCodecTests {
    @Test func `every golden vector is read and written back to the same bytes`() throws {
        let vectors = try GoldenVectors.unitProtocol()
        for vector in vectors {
            let written = try UnitMessages.reencode(vector.bytes.span.bytes)
            #expect(written == vector.bytes, "\(vector.title)")
            #expect(fault(of: vector.bytes) == nil, "\(vector.title)")
        }
        #expect(Set(vectors.map(\.template)).count == UnitMessages.chains.count)
        for id in Set(vectors.map(\.template)) {
            #expect(vectors.filter { $0.template == id }.count >= 2)
        }
    }

    @Test func `a message that is cut off anywhere is refused`() throws {
        for vector in try GoldenVectors.unitProtocol() {
            for count in 0..<vector.bytes.count {
                let fault = fault(of: Array(vector.bytes[..<count]))
                guard case .truncated(let needed, let available)? = fault else {
                    Issue.record("\(vector.title) cut to \(count): \(String(describing: fault))")
                    continue
                }
                #expect(needed > available && available == count, "\(vector.title)")
            }
        }
    }

    @Test func `a block shorter than the first version is refused, a longer one is read`() throws {
        for vector in try GoldenVectors.unitProtocol() {
            let length = Int(vector.bytes[0]) | Int(vector.bytes[1]) << 8
            let shorter = Self.replacingBlock(of: vector.bytes, length: length - 8)
            guard case .blockTooShort(vector.message, length - 8, length)? = fault(of: shorter) else {
                Issue.record("\(vector.title): \(String(describing: fault(of: shorter)))")
                continue
            }
            let longer = Self.replacingBlock(of: vector.bytes, length: length + 16)
            #expect(try UnitMessages.reencode(longer.span.bytes) == vector.bytes, "\(vector.title)")
        }
    }

    /// The message with a block of another length; new bytes are 0xEE.
    private static func replacingBlock(of bytes: [UInt8], length: Int) -> [UInt8] {
        let old = Int(bytes[0]) | Int(bytes[1]) << 8
        let block = bytes[8..<8 + old].prefix(length) + [UInt8](repeating: 0xEE, count: max(0, length - old))
        return [UInt8(length & 0xFF), UInt8(length >> 8)] + bytes[2..<8] + block + bytes[(8 + old)...]
    }

    @Test func `another schema and an unknown message are told apart`() throws {
        let bytes = MessageHeaderBytes.make(blockLength: 0, template: 65_000, schema: UnitMessages.schemaID)
        #expect(fault(of: bytes) == .unknownTemplate(65_000))
        let foreign = MessageHeaderBytes.make(blockLength: 0, template: 1, schema: 1)
        #expect(fault(of: foreign) == .wrongSchema(received: 1, expected: UnitMessages.schemaID))
        var builder = MessageBuilder()
        try builder.write(Heartbeat(count: 7))
        #expect(throws: MessageFault.unexpectedTemplate(received: 10, expected: 1)) {
            _ = try MessageReader(builder.bytes.span.bytes).block(as: Hello.self)
        }
    }

    @Test func `a value out of range is neither read nor written`() throws {
        var frame = SetAttenuation(attenuation: 3)
        var builder = MessageBuilder()
        try builder.write(frame)
        for bad in [Double.nan, .infinity, 200.5, -201] {
            frame.attenuation = bad
            var refused = MessageBuilder([1, 2, 3])
            #expect(throws: MessageFault.valueOutOfRange(message: "SetAttenuation", field: "attenuation")) {
                try refused.write(frame)
            }
            #expect(refused.bytes == [1, 2, 3])
            var bytes = builder.bytes
            for index in 0..<8 { bytes[8 + index] = UInt8(truncatingIfNeeded: bad.bitPattern >> (8 * index)) }
            #expect(fault(of: bytes) == .valueOutOfRange(message: "SetAttenuation", field: "attenuation"))
        }
        var flag = MessageBuilder()
        try flag.write(SetSignalLaser(on: true))
        flag.bytes[8] = 2
        #expect(fault(of: flag.bytes) == .valueOutOfRange(message: "SetSignalLaser", field: "on"))
    }

    @Test func `values and bits that a newer sender knows survive`() throws {
        var builder = MessageBuilder()
        try builder.write(
            HeartbeatReply(
                count: 1, state: UnitState(rawValue: 200), light: LightSet(rawValue: 0x81), deviceTime: 2, sessionId: 3)
        )
        let reply = try MessageReader(builder.bytes.span.bytes).block(as: HeartbeatReply.self)
        #expect(reply.state.name == nil)
        #expect("\(reply.state)" == "unknown 200")
        #expect(reply.light.names == ["SignalLaser", "bit 7"])
        #expect(try UnitMessages.reencode(builder.bytes.span.bytes) == builder.bytes)
    }

    @Test func `the writer in the caller's memory makes the same bytes, and says when there is no room`() throws {
        let text = "busy: Ζωή"
        let error = ErrorMessage(code: .busy, state: .ready, requestId: 1, fieldId: 0, retryAfter: 200)
        var builder = MessageBuilder()
        try builder.write(error)
        try builder.write(ErrorMessage.text, text: text)
        for room in 0...builder.bytes.count {
            var memory = [UInt8](repeating: 0xA5, count: room)
            var written = 0
            var failure: MessageFault?
            do throws(MessageFault) {
                var span = memory.mutableSpan
                var writer = MessageWriter(span.mutableBytes)
                try writer.write(error)
                try writer.write(ErrorMessage.text, Array(text.utf8).span.bytes)
                written = writer.count
            } catch {
                failure = error
            }
            if room == builder.bytes.count {
                #expect(memory == builder.bytes && written == room && failure == nil)
            } else {
                guard case .noSpace(_, room)? = failure else {
                    Issue.record("room \(room): \(String(describing: failure))")
                    continue
                }
            }
        }
    }

    @Test func `more entries than a dimension can count are refused`() throws {
        var builder = MessageBuilder()
        try builder.write(Telemetry(deviceTime: 0))
        let entry = Telemetry.ItemsEntry(id: 1, status: .normal, age: 0, value: 20)
        #expect(throws: MessageFault.groupTooLong(group: "Telemetry.items", count: 65_535, limit: 65_534)) {
            try builder.write(group: Array(repeating: entry, count: 65_535))
        }
        try builder.write(group: Array(repeating: entry, count: 65_534))
        #expect(fault(of: builder.bytes) == nil)
    }

    @Test func `entries are read one by one, and the reader goes on behind them`() throws {
        var builder = MessageBuilder()
        let entries = (1...3).map {
            HelloReply.FingerprintsEntry(templateId: UInt16($0), fieldCount: 5, fingerprint: UInt64($0) << 40)
        }
        let vector = try #require(try GoldenVectors.unitProtocol().first { $0.title == "HelloReply smallest" })
        builder.bytes = Array(vector.bytes.dropLast(8))
        try builder.write(group: entries)
        builder.bytes += [9, 9]
        var reader = try MessageReader(builder.bytes.span.bytes)
        var group = try reader.group(of: HelloReply.FingerprintsEntry.self)
        #expect(group.count == 3)
        var received: [HelloReply.FingerprintsEntry] = []
        while let entry = try group.next() { received.append(entry) }
        #expect(received == entries)
        #expect(reader.remainder.byteCount == 2)
    }

    @Test func `the schema's text is in the program, byte for byte`() throws {
        let text = UnitSchemaText.bytes
        let file = try GoldenVectors.data("firmware-schemas/unit-protocol.xml")
        #expect(text.byteCount == file.count)
        #expect(UnitSchemaText.utf8.withUTF8Buffer { $0.elementsEqual(file) })
        #expect(Hello.chain.count == 6)
        #expect(UnitMessages.name(of: 3) == "Error")
    }
}

/// A header alone.
enum MessageHeaderBytes {
    static func make(blockLength: UInt16, template: UInt16, schema: UInt16, version: UInt16 = 0) -> [UInt8] {
        [blockLength, template, schema, version].flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    }
}
