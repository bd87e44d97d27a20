import Foundation
import Repository
import Testing
import UnitSchema

@Suite struct FingerprintTests {
    @Test func `the folder for firmware authors is enough alone: it names no file outside of itself`() throws {
        let files = try FileManager.default.contentsOfDirectory(at: Self.folder, includingPropertiesForKeys: nil)
        #expect(files.count >= 6)
        for file in files {
            let text = try String(contentsOf: file, encoding: .utf8)
            for place in ["Examples/", "Sources/", "Tests/", "Scripts/", "docs/", "../"] {
                #expect(!text.contains(place), "\(file.lastPathComponent) names something in \(place)")
            }
        }
    }

    private static let folder = Repository.root.appendingPathComponent("firmware-schemas")

    private static func unitProtocol() throws -> Schema {
        let text = try String(contentsOf: folder.appendingPathComponent("unit-protocol.xml"), encoding: .utf8)
        return try Schema(parsing: text, file: "unit-protocol.xml")
    }

    @Test func `the vectors of fingerprint md are those of the unit protocol`() throws {
        let schema = try Self.unitProtocol()
        let page = try String(contentsOf: Self.folder.appendingPathComponent("fingerprint.md"), encoding: .utf8)
        let lines = page.matches(of: /(?m)^ *(\d+)  ([0-9a-f]{16})  (.+)$/).map(\.output)
        var message: Message?
        for (_, index, hash, line) in lines {
            let number = try #require(Int(index))
            if number == 0 { message = schema.message(named: String(line.split(separator: " ")[2])) }
            let canonical = try #require(message)
            #expect(canonical.canonicalLines[number] == line)
            #expect(canonical.chain[number] == UInt64(hash, radix: 16))
        }
        #expect(lines.count == 15)
    }

    @Test func `the unit protocol is without findings, and no two chains end alike`() throws {
        let schema = try Self.unitProtocol()
        #expect(Set(schema.messages.map(\.chain.last)).count == schema.messages.count)
        for message in schema.messages { #expect(message.chain.count == message.canonicalLines.count) }
    }

    @Test func `every kind of encoding has its canonical text`() throws {
        let message = try #require(try Schema(parsing: Fixtures.base, file: "lamp.xml").message(id: 1))
        #expect(
            message.canonicalLines == [
                "message 1 Reading",
                "field 1 magic 0 const:uint16=4660",
                "field 2 temperature 0 double unit:degC",
                "field 3 mode 8 enum:uint8",
                "field 4 flags 9 set:uint8",
                "field 5 count 10 uint16",
                "field 6 level 12 int32",
                "field 7 interval 16 composite{low:int32,high:int32}",
                "group 20 items groupSizeEncoding",
                "| field 1 value 0 double",
                "data 30 blob composite{length:uint32,varData:uint8[0]}",
                "field 8 label 24 char[8]",
            ])
    }

    @Test(arguments: [
        (">1</validValue>", ">1</validValue><validValue name=\"Dim\" description=\"Dim\">2</validValue>"),
        (">1</choice>", ">1</choice><choice name=\"Warm\" description=\"Warm\">2</choice>"),
        ("description=\"Count\"", "description=\"Number of things\""),
        ("minValue=\"-5\"", "minValue=\"-4\""),
        ("<types>", "<types><!-- a comment -->"),
    ])
    func `what does not change the bytes does not change the chain`(_ edit: (old: String, new: String)) throws {
        let before = try Schema(parsing: Fixtures.base, file: "a.xml")
        let after = try Schema(parsing: Fixtures.base(replacing: edit.old, with: edit.new), file: "b.xml")
        #expect(before.messages.map(\.chain) == after.messages.map(\.chain))
        #expect(before.difference(to: after).isEmpty)
    }
}
