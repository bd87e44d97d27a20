import Foundation
import Testing

@testable import RawKey

struct OutcomeJournalTests {
    private let path: String

    init() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "journal-\(UUID())").path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        path = "\(folder)/outcomes.jsonl"
    }

    @Test func `a line that is torn is cut, and what was open is known after a restart`() throws {
        do {
            let journal = try OutcomeJournal(path)
            try journal.add(.init(.opened, session: 9, ordinal: 0))
            try journal.add(.init(.released, session: 9, ordinal: 0, cells: [1, 2], digest: "ab"))
            try journal.add(.init(.opened, session: 9, ordinal: 1))
        }
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        try (whole + Data(#"{"epoch":1,"event":"rel"#.utf8)).write(to: URL(fileURLWithPath: path))
        let again = try OutcomeJournal(path)
        #expect(again.epoch == 2 && again.firstPosition == 2 << 32)
        #expect(again.interrupted.map(\.ordinal) == [1])
        #expect(again.lines.map(\.event) == [.started, .opened, .released, .opened, .started])
        #expect(again.lines[2].cells == ["1", "2"])
    }

    @Test func `a line in the middle that cannot be read is damage, and nothing is released without a journal`() throws
    {
        try Data("{\"event\":\"started\",\"time\":1,\"epoch\":1}\nnonsense\n".utf8).write(
            to: URL(fileURLWithPath: path))
        #expect(throws: RawKeyError.journal(path: path, reason: "line 2 is damaged")) { try OutcomeJournal(path) }
        #expect(throws: RawKeyError.self) { try OutcomeJournal("/dev/null/outcomes.jsonl") }
    }

    @Test func `windows of the last day are counted by what they came to`() throws {
        let journal = try OutcomeJournal(path)
        for (ordinal, reason) in [RevocationReason.ownEvidence, .insufficient, .deadline].enumerated() {
            try journal.add(.init(.opened, session: 1, ordinal: UInt64(ordinal)))
            try journal.add(.init(.revoked, session: 1, ordinal: UInt64(ordinal), reason: reason))
        }
        let counts = journal.dayCounts
        #expect(counts.attempted == 3 && counts.revoked == 1 && counts.insufficient == 1 && counts.interrupted == 1)
    }
}
