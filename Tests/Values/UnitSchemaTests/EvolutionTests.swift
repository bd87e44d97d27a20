import Testing
import UnitSchema

@Suite struct EvolutionTests {
    @Test func `an older chain is the beginning of a newer one`() throws {
        let older = try #require(try Fixtures.reading(version: 0).message(id: 1))
        let newer = try #require(try Fixtures.reading(version: 1).message(id: 1))
        #expect(newer.chain.starts(with: older.chain))
        #expect(
            newer.canonicalLines.suffix(3) == [
                "field 3 sigma 16 double",
                "group 20 items groupSizeEncoding",
                "| field 2 age 8 uint64",
            ])
    }

    @Test func `an older reader understands a newer writer`() throws {
        let difference = try Fixtures.reading(version: 0).difference(to: Fixtures.reading(version: 1))
        #expect(difference.map(\.kind) == [.appended(fields: 3)])
        #expect(!difference.contains { !$0.isCompatible })
        #expect(difference.first?.description == "message 1 Reading: 3 more at the end in the other schema")
    }

    @Test func `a newer reader understands an older writer`() throws {
        let difference = try Fixtures.reading(version: 1).difference(to: Fixtures.reading(version: 0))
        #expect(difference.map(\.kind) == [.shortened(fields: 3)])
        #expect(!difference.contains { !$0.isCompatible })
        let block = try #require(try Fixtures.reading(version: 1).message(id: 1)?.block)
        #expect(block.length == 24)
        #expect(block.minimumLength == 16)
        #expect(block.length(version: 0) == 16)
    }

    @Test(arguments: [
        ("name=\"count\" id=\"5\" type=\"uint16\"", "name=\"count\" id=\"5\" type=\"int16\"", 5, "count"),
        ("name=\"count\" id=\"5\"", "name=\"total\" id=\"5\"", 5, "count"),
        ("name=\"count\" id=\"5\"", "name=\"count\" id=\"15\"", 5, "count"),
        ("semanticType=\"degC\"", "semanticType=\"K\"", 2, "temperature"),
        (">4660<", ">4661<", 1, "magic"),
        ("name=\"low\"", "name=\"least\"", 7, "interval"),
        ("name=\"value\" id=\"1\" type=\"double\"", "name=\"value\" id=\"1\" type=\"int64\"", 9, "items.value"),
        ("<data name=\"blob\" id=\"30\"", "<data name=\"bytes\" id=\"30\"", 10, "blob"),
    ])
    func `the first field that differs is named`(
        _ edit: (old: String, new: String, index: Int, field: String)
    ) throws {
        let ours = try Schema(parsing: Fixtures.base, file: "a.xml")
        let theirs = try Schema(parsing: Fixtures.base(replacing: edit.old, with: edit.new), file: "b.xml")
        let difference = try #require(ours.difference(to: theirs).first)
        guard case .changed(let index, let field, let here, let there) = difference.kind else {
            Issue.record("\(difference)")
            return
        }
        #expect(index == edit.index)
        #expect(field == edit.field)
        #expect(here != there)
        #expect(!difference.isCompatible)
        #expect(difference.description.contains("field \(edit.field) differs: here '\(here)', there '\(there)'"))
    }

    @Test func `messages that one side lacks are named and harmless`() throws {
        let ours = try Schema(parsing: Fixtures.base, file: "a.xml")
        let theirs = try Schema(
            parsing: Fixtures.base(replacing: "name=\"Ping\" id=\"2\"", with: "name=\"Pong\" id=\"3\""), file: "b.xml")
        let difference = ours.difference(to: theirs)
        #expect(
            difference.map(\.description) == [
                "message 2 Ping: only in this schema", "message 3 Pong: only in the other schema",
            ])
        #expect(!difference.contains { !$0.isCompatible })
    }

    @Test func `a renamed message differs in itself`() throws {
        let ours = try Schema(parsing: Fixtures.base, file: "a.xml")
        let theirs = try Schema(parsing: Fixtures.base(replacing: "\"Ping\"", with: "\"Pong\""), file: "b.xml")
        let text = "message 2 Ping: the message itself differs: here 'message 2 Ping', there 'message 2 Pong'"
        #expect(ours.difference(to: theirs).map(\.description) == [text])
    }
}
