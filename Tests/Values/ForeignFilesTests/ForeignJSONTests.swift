import Testing

@testable import ForeignFiles

struct ForeignJSONTests {
    @Test func `a text is read as it stands there`() throws {
        let text = #" {"a": [1, -2.5e+3, 0], "b": {"c": null}, "d": "é\n\u00e9\ud83d\ude00", "e": true, "": false} "#
        #expect(
            try ForeignJSON(parsing: Array(text.utf8))
                == .object([
                    "a": .list([.number("1"), .number("-2.5e+3"), .number("0")]), "b": .object(["c": .null]),
                    "d": .text("é\né😀"), "e": .flag(true), "": .flag(false),
                ]))
        #expect(try ForeignJSON(parsing: [0xEF, 0xBB, 0xBF] + Array("7".utf8)) == .number("7"))
    }

    @Test(arguments: [
        (#"{"a": NaN}"#, "line 1, column 7: NaN is not JSON"),
        (#"{"a": Infinity}"#, "line 1, column 7: Infinity is not JSON"),
        (#"{"a": -Infinity}"#, "line 1, column 7: -Infinity is not a number of JSON"),
        ("{\n \"a\": 1,\n \"b\": 2,\n \"a\": 3}", "line 4, column 2: 'a' is there a second time in this object"),
        (#"{"a": 1, "\u0061": 2}"#, "line 1, column 10: 'a' is there a second time in this object"),
        ("{}\0", "line 1, column 3: a zero byte follows the text"),
        ("{}\n\0\0\0", "line 2, column 1: 3 zero bytes follow the text"),
        ("{\"é\": \0}", "line 1, column 7: a zero byte stands where a value is expected"),
        ("{} {}", "line 1, column 4: '{' follows the text"),
        ("{", "line 1, column 2: the text ends where a name in quotes is expected"),
        ("", "line 1, column 1: the text ends where a value is expected"),
        (#"{"a": 1,}"#, "line 1, column 9: '}' stands where a name in quotes is expected"),
        (#"{"a": 01}"#, "line 1, column 7: a number of JSON does not begin with 0"),
        (#"{"a": +1}"#, "line 1, column 7: '+' stands where a value is expected"),
        (#"{"a": "\ud800"}"#, "line 1, column 8: half of a code point is escaped here"),
        ("{\"a\": \"\u{1b}[2J\"}", #"line 1, column 8: '\u{1b}' stands in a text; it has to be escaped there"#),
    ])
    func `what is wrong is told with its place`(text: String, fault: String) {
        #expect {
            try ForeignJSON(parsing: Array(text.utf8))
        } throws: {
            "\($0)" == fault
        }
    }

    @Test func `a text in another encoding is told`() {
        #expect {
            try ForeignJSON(parsing: Array("{\n\"a\": \"M".utf8) + [0xFC] + Array("ller\"}".utf8))
        } throws: {
            "\($0)" == "line 2, column 8: byte 0xFC is not UTF-8: perhaps the text is Latin-1"
        }
        #expect {
            try ForeignJSON(parsing: [0xFF, 0xFE, 0x7B, 0, 0x7D, 0])
        } throws: {
            "\($0)" == "line 1, column 1: this is UTF-16; a JSON text is UTF-8"
        }
    }

    @Test func `depth, number of values and digits have an end`() {
        for text in [
            String(repeating: "[", count: 100_000), "[" + String(repeating: "0,", count: 1000) + "0]",
            String(repeating: "9", count: 401),
        ] {
            #expect(throws: JSONFault.self) { try ForeignJSON(parsing: Array(text.utf8), mostValues: 1000) }
        }
    }
}

struct JSONFieldsTests {
    static func fields(_ value: String) throws -> JSONFields {
        try JSONFields(ForeignJSON(parsing: Array("{\"n\": \(value), \"list\": [{\"n\": \(value)}]}".utf8)))
    }

    @Test(arguments: [("7", 7), ("7.0", 7), ("7e0", 7), ("0", 0), ("-0", 0), ("null", nil), ("1e1", 10)])
    func `a whole number is one however it is written`(text: String, number: Int?) throws {
        #expect(try Self.fields(text).integer("n", 0...10) == number)
    }

    @Test(arguments: [
        ("11", "is 11; it lies between 0 and 10"), ("-1", "is -1; it lies between 0 and 10"),
        ("9223372036854775807", "is 9223372036854775807; it lies between 0 and 10"),
        ("9223372036854775808", "is 9223372036854775808; it lies between 0 and 10"),
        ("-9223372036854775809", "is -9223372036854775809; it lies between 0 and 10"),
        ("1e400", "is 1e400; a whole number is wanted, between 0 and 10"),
        ("0.5", "is 0.5; a whole number is wanted, between 0 and 10"), ("\"7\"", "is '7'; a whole number is wanted"),
        ("[]", "is an array; a whole number is wanted"), ("true", "is true; a whole number is wanted"),
    ])
    func `a number out of range is named with its value`(text: String, reason: String) throws {
        let fields = try Self.fields(text)
        #expect {
            try fields.integer("n", 0...10)
        } throws: {
            "\($0)" == "n " + reason
        }
        #expect {
            try fields.list("list")[0].integer("n", 0...10)
        } throws: {
            "\($0)" == "list[0].n " + reason
        }
    }

    @Test func `no number of its type is beyond an integer's own range`() throws {
        for text in ["9223372036854775807", "-9223372036854775808", "9.3e18", "1e19", "-1e300"] {
            let fields = try Self.fields(text)
            _ = try? fields.integer("n", Int64.min...Int64.max)
            _ = try? fields.integer("n", UInt32.min...UInt32.max)
            _ = try? fields.integer("n", Int16.min...Int16.max)
            #expect(try fields.number("n")?.isFinite == true)
        }
        #expect(throws: JSONFieldFault.self) { try Self.fields("1e999").number("n") }
    }

    @Test func `a foreign text moves no cursor`() {
        #expect(ForeignJSON.shown("a\u{1b}[2J\u{202e}b\u{9b}") == #"a\u{1b}[2J\u{202e}b\u{9b}"#)
        #expect(ForeignJSON.shown(String(repeating: "x", count: 100)).count == 61)
    }
}
