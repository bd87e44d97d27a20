import Testing
import UnitProtocol

/// `Reading` of `Tests/GoldenVectors/evolution.xml` has fields of versions 0 and 1, of every kind.
@Suite struct EvolutionTests {
    private static func vector(_ title: String) throws -> [UInt8] {
        try #require(try GoldenVectors.evolution().first { $0.title == title }).bytes
    }

    private static func reencode(_ bytes: [UInt8]) throws(MessageFault) -> [UInt8] {
        var reader = try MessageReader(bytes.span.bytes)
        var builder = MessageBuilder()
        let version = reader.header.version
        try builder.write(try reader.block(as: Reading.self))
        try builder.copyGroup(of: Reading.ItemsEntry.self, from: &reader)
        try builder.write(Reading.blob, try reader.data(Reading.blob))
        try builder.write(Reading.note, try reader.data(Reading.note))
        // The header names the version of the unit protocol; the vectors have that of the example.
        builder.bytes[6] = UInt8(version)
        return builder.bytes
    }

    @Test(arguments: ["typical", "smallest", "largest", "absent"])
    func `every kind of field is read and written back to the same bytes`(_ style: String) throws {
        let bytes = try Self.vector("Reading \(style)")
        #expect(try Self.reencode(bytes) == bytes)
    }

    @Test func `a newer reader finds nothing where an older writer had nothing`() throws {
        let bytes = try Self.vector("Reading typical")
        // Version 0: a block of 24 bytes, entries of 8, and no note behind the blob.
        let block = bytes[8..<32]
        let entry = bytes[80 + 8..<80 + 16]
        let older =
            MessageHeaderBytes.make(blockLength: 24, template: 40_001, schema: UnitMessages.schemaID) + block
            + [8, 0, 1, 0, 0, 0, 0, 0] + entry + [2, 0, 0, 0, 0xAA, 0xBB]
        var reader = try MessageReader(older.span.bytes)
        let reading = try reader.block(as: Reading.self)
        #expect(reading.mode == .off && reading.excess.value == 5.125)
        #expect(reading.label == nil && reading.level == nil && reading.triple == nil && reading.later == nil)
        #expect(reading.lateFlag == nil && reading.lateExcess == nil && reading.lateTemperature == nil)
        #expect(reading.lateOptions == nil && reading.count == nil)
        var items = try reader.group(of: Reading.ItemsEntry.self)
        let item = try items.next()
        #expect(item?.number == 0x0102_0304_0506_070A && item?.weight == nil)
        #expect(try items.next() == nil)
        #expect(try reader.data(Reading.blob).byteCount == 2)
        #expect(try reader.data(Reading.note).byteCount == 0)
    }

    @Test func `fields appear one by one as the received block grows`() throws {
        let bytes = try Self.vector("Reading typical")
        let whole = try MessageReader(bytes.span.bytes).block(as: Reading.self)
        for length in 0...72 {
            let block = Array(bytes[8..<8 + length])
            guard length >= 24 else {
                #expect(throws: MessageFault.blockTooShort(message: "Reading", received: length, minimum: 24)) {
                    try Reading(block: block.span.bytes)
                }
                continue
            }
            let reading = try Reading(block: block.span.bytes)
            #expect(reading.label == (length >= 28 ? whole.label : nil))
            #expect(reading.level == (length >= 32 ? whole.level : nil))
            #expect(reading.triple == (length >= 38 ? whole.triple : nil))
            #expect(reading.later == (length >= 39 ? whole.later : nil))
            #expect(reading.lateFlag == (length >= 40 ? whole.lateFlag : nil))
            #expect(reading.lateExcess == (length >= 56 ? whole.lateExcess : nil))
            #expect(reading.lateTemperature == (length >= 60 ? whole.lateTemperature : nil))
            #expect(reading.lateOptions == (length >= 62 ? whole.lateOptions : nil))
            #expect(reading.count == (length >= 72 ? whole.count : nil))
        }
        #expect(whole.label?.description == "labe")
        #expect(whole.triple?[2] == 0x010C)
    }

    @Test func `what is absent is sent as null`() throws {
        let bytes = try Self.vector("Reading absent")
        let reading = try MessageReader(bytes.span.bytes).block(as: Reading.self)
        #expect(reading.spare == nil && reading.level == nil && reading.lateTemperature == nil)
        #expect(reading.later == nil && reading.count == nil)
        #expect(bytes[13] == 0xFF)
        #expect(Array(bytes[36..<40]) == [99, 0, 0, 0])
        #expect(Array(bytes[72..<80]) == [UInt8](repeating: 0xFF, count: 8))
    }

    @Test func `text from a unit is harmless on a terminal`() {
        #expect(FixedText<8>("Grüße")?.description == "Grüße")
        #expect(FixedText<8>("too long!") == nil)
        #expect(FixedText<8>("a\0b") == nil)
        #expect(FixedText<4>(bytes: [0x1B, 0x5B, 0x32, 0x4A]).description == "\u{FFFD}[2J")
        #expect(FixedText<3>(bytes: [0x41, 0xFF, 0]).description == "A\u{FFFD}")
        #expect(FixedText<3>().isEmpty)
    }
}
