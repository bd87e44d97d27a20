import Foundation
import Repository
import Testing

/// What is written in one place only.
struct OnePlaceTests {
    /// Lines of code below the programs, without comments: folder and file from `Sources` on, number, text.
    private static func libraries() throws -> [(place: String, line: String)] {
        let root = Repository.root.appending(path: "Sources")
        let files = try #require(FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
        return try files.flatMap { file -> [(place: String, line: String)] in
            let path = String(file.path.dropFirst(root.path.count + 1))
            guard !path.hasPrefix("Programs/") else { return [] }
            return try String(contentsOf: file, encoding: .utf8)
                .split(separator: "\n", omittingEmptySubsequences: false).enumerated()
                .filter { !$0.element.trimmingCharacters(in: .whitespaces).hasPrefix("//") }
                .map { ("\(path):\($0.offset + 1)", String($0.element)) }
        }
    }

    /// A library says what is wrong. Which command helps is the program's to say, in `Hints.swift`.
    @Test func `no library names a command of the program`() throws {
        // A printed page says to whoever holds it how to check it.
        let exceptions: Set = ["Operation/CalibrationReport/SignatureSection.swift"]
        let lines = try Self.libraries()
        #expect(lines.count > 10_000)
        for (place, line) in lines where line.contains("'cvqkd ") {
            #expect(exceptions.contains { place.hasPrefix($0) }, "\(place): \(line)")
        }
    }

    /// Names of quantities with more than one word: `uptime` is a word for other things too.
    @Test func `the names of telemetry quantities are in their table only`() throws {
        let table = "Values/UnitProtocol/Telemetry/TelemetryQuantity.swift"
        let lines = try Self.libraries()
        let names = lines.filter { $0.place.hasPrefix(table) }.compactMap { line in
            line.line.firstMatch(of: /Row\("(\w+_\w+)"/).map { "\"\($0.1)\"" }
        }
        #expect(names.count > 25)
        for (place, line) in lines where !place.hasPrefix(table) {
            #expect(!names.contains { line.contains($0) }, "\(place): \(line)")
        }
    }
}
