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
        #expect(try again.lines().map(\.event) == [.started, .opened, .released, .opened, .started, .lost])
        #expect(try again.lines()[2].cells == ["1", "2"])
    }

    @Test func `a line in the middle that cannot be read is damage, and nothing is released without a journal`() throws
    {
        try Data("{\"event\":\"started\",\"time\":1,\"epoch\":1}\nnonsense\n".utf8).write(
            to: URL(fileURLWithPath: path))
        #expect(throws: RawKeyError.journal(path: path, reason: "line 2 is damaged")) { try OutcomeJournal(path) }
        #expect(throws: RawKeyError.self) { try OutcomeJournal("/dev/null/outcomes.jsonl") }
    }

    @Test func `keys that nobody took are lost with the agent, and that is told once`() throws {
        do {
            let journal = try OutcomeJournal(path)
            try journal.add(.init(.released, session: 9, ordinal: 0, cells: [1, 2, 3, 5], digest: "ab"))
            try journal.add(.init(.released, session: .max, ordinal: 0, cells: [1], digest: "cd"))
            journal.note(taken: 2, of: 9)
            journal.flush()
            // Not on the disk when it is killed: it may be called lost.
            journal.note(taken: 5, of: 9)
            #expect(journal.lost.isEmpty, "of earlier starts")
        }
        let again = try OutcomeJournal(path)
        #expect(again.lost == [.init(session: 9, cells: [1, 3, 5]), .init(session: .max, cells: [1])])
        #expect(again.lost[0].intervals == [1...1, 3...3, 5...5])
        #expect(again.losses == again.lost)
        let third = try OutcomeJournal(path)
        #expect(third.lost.isEmpty && third.losses == again.lost, "noted once, and still known")
    }

    @Test func `a key that was released and erased is lost for the other end`() throws {
        let journal = try OutcomeJournal(path)
        try journal.add(.init(.released, session: 9, ordinal: 0, cells: [1, 2], digest: "ab"))
        try journal.add(.init(.erased, session: 9, cells: [2, 3]))
        #expect(journal.losses == [.init(session: 9, cells: [2])])
    }

    @Test func `years of windows take the disk of some days, and nothing that is open is forgotten`() throws {
        var highest: UInt64 = 0
        for start in 1...3 {
            let journal = try OutcomeJournal(path, mostBytes: 16_384)
            #expect(journal.epoch == UInt64(start))
            #expect(journal.interrupted.map(\.ordinal) == (start == 1 ? [] : [9_999]))
            #expect(journal.lost == (start == 2 ? [.init(session: 7, cells: [1, 2])] : []))
            if start == 1 {
                try journal.add(.init(.opened, session: 1, ordinal: 9_999))
                try journal.add(.init(.released, session: 7, ordinal: 1, cells: [1, 2]))
            }
            for ordinal in UInt64(0)..<400 {
                let session = UInt64(start) << 20
                try journal.add(.init(.opened, session: session, ordinal: ordinal))
                try journal.add(.init(.revoked, session: session, ordinal: ordinal, reason: .insufficient))
                #expect(journal.counter > highest)
                highest = journal.counter
            }
            let sizes = try [path, path + ".1"].map {
                try #require(FileManager.default.attributesOfItem(atPath: $0)[.size] as? Int)
            }
            #expect(sizes.allSatisfy { $0 < 20_000 }, "\(sizes)")
            #expect(journal.dayCounts.insufficient >= 400)
        }
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
