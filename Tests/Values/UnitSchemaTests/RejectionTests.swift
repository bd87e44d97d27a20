import Testing
import UnitSchema

/// One mistake, and what is said about it.
struct Mistake: Sendable, CustomTestStringConvertible {
    let kind: String
    let old: String
    let new: String
    let finding: String

    init(_ kind: String, _ old: String, _ new: String, _ finding: String) {
        self.kind = kind
        self.old = old
        self.new = new
        self.finding = finding
    }

    var testDescription: String { kind }
}

@Suite struct RejectionTests {
    @Test func `the schema that the mistakes are made in is correct`() throws {
        let schema = try Schema(parsing: Fixtures.base, file: "lamp.xml")
        #expect(schema.messages.map(\.name) == ["Reading", "Ping"])
        #expect(schema.message(id: 1)?.block.length == 32)
        #expect(schema.message(id: 1)?.block.length(version: 0) == 24)
    }

    @Test(
        arguments: Mistakes.markup + Mistakes.grammar + Mistakes.names + Mistakes.types + Mistakes.values
            + Mistakes.layout + Mistakes.structure + Mistakes.versions)
    func `a mistake is named with its line`(_ mistake: Mistake) {
        let text = Fixtures.base(replacing: mistake.old, with: mistake.new)
        let error = #expect(throws: SchemaError.self) { try Schema(parsing: text, file: "lamp.xml") }
        #expect(error?.findings.first?.description == "lamp.xml:" + mistake.finding)
    }

    @Test func `all mistakes are named at once, in the order of their lines`() {
        let text = Fixtures.base.replacing("type=\"Text8\"", with: "type=\"Text9\"").replacing(
            "\"Hot\"", with: "\"for\"")
        let error = #expect(throws: SchemaError.self) { try Schema(parsing: text, file: "lamp.xml") }
        #expect(
            error?.description == """
                lamp.xml:31: name 'for' is a reserved word of Swift or C
                lamp.xml:43: Reading.label: unknown type 'Text9'
                """)
    }

    @Test func `a text beyond the bounds is refused`() {
        for text in [
            String(repeating: " ", count: 1 << 20) + Fixtures.base,
            String(repeating: "<a>", count: 100_000),
            "<a>" + String(repeating: "<b/>", count: 30_000) + "</a>",
            "<a " + (0..<100).map { "b\($0)='' " }.joined() + "/>",
        ] {
            #expect(throws: SchemaError.self) { try Schema(parsing: text, file: "lamp.xml") }
        }
    }

    @Test func `every prefix of a schema is refused without a trap`() {
        let bytes = Array(Fixtures.base.utf8)
        for count in 0..<bytes.count - 25 {
            let text = String(decoding: bytes[..<count], as: UTF8.self)
            #expect(throws: SchemaError.self) { try Schema(parsing: text, file: "lamp.xml") }
        }
    }

    @Test func `a schema with damaged bytes is read or refused, but never traps`() {
        var random = SplitMix64(state: 20_817)
        var refused = 0
        for _ in 0..<3_000 {
            var bytes = Array(Fixtures.base.utf8)
            for _ in 0..<3 {
                let place = Int(random.next() % UInt64(bytes.count))
                bytes[place] = UInt8(truncatingIfNeeded: random.next() % 96) + 32
            }
            do throws(SchemaError) {
                _ = try Schema(parsing: String(decoding: bytes, as: UTF8.self), file: "lamp.xml")
            } catch {
                refused += 1
            }
        }
        // Descriptions may hold any text; names, numbers and brackets may not.
        #expect(refused > 1_000 && refused < 3_000, "\(refused)")
    }
}

/// A generator with a seed, so that a failure can be repeated.
struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
