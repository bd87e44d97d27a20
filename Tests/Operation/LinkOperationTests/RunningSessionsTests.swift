import Foundation
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

@testable import LinkOperation

/// How programs of one machine find each other's sessions.
@Suite(.virtualTime) struct RunningSessionsTests {
    private let folder = "/tmp/cvqkd-sessions-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"

    private func identity() async throws -> UnitIdentity {
        let pair = EmulatedPair.test(PairConfiguration(model: PairModel(seed: 91)))
        let unit = try await UnitControl.Unit.connect(try InProcessPort(pair.bob), hostName: "test", clock: .test)
        defer { pair.stop() }
        await unit.close()
        return unit.identity
    }

    @Test func `a session is there from its beginning to its end, with where it stands`() async throws {
        let sessions = RunningSessions(only: folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let unit = try await identity()
        let began = Date(timeIntervalSince1970: 1_795_000_000)
        let now = Guarded(began)
        let journal = try SessionJournal(
            in: sessions, command: "test", units: [unit], session: 0xAB, purpose: "test", date: { now.withLock { $0 } })
        let record = try #require(sessions.all().first?.record)
        #expect(record.session == "00000000000000ab" && record.state == .preparing)
        #expect(record.units.map(\.serial) == [unit.serial])
        #expect(record.began == began && record.updated == began)
        now.withLock { $0 += 60 }
        journal.enter(.streaming)
        #expect(sessions.all().map(\.record.state) == [.streaming])
        #expect(sessions.all().map(\.record.updated) == [began + 60] && sessions.all().first?.record.began == began)
        journal.remove()
        #expect(sessions.all().isEmpty)
    }

    @Test func `a session of this process is nobody else's`() async throws {
        let sessions = RunningSessions(only: folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let unit = try await identity()
        let journal = try SessionJournal(in: sessions, command: "test", units: [unit], session: 1, purpose: "test")
        #expect(sessions.session(on: .anywhere(serial: unit.serial)) == nil)
        journal.remove()
    }

    /// A note as anybody may write one.
    private static func note(
        _ name: String, process: String, command: String = "x", in folder: String
    ) throws {
        let text = """
            {"process": \(process), "command": "\(command)", "session": "\(name)", "units": [], "purpose": "test",
             "state": "streaming", "began": "2026-11-14T22:13:20Z", "updated": "2026-11-14T22:13:20Z"}
            """
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/sessions/\(name).json"))
    }

    private static func json(_ identity: ProcessIdentity) throws -> String {
        String(decoding: try JSONEncoder().encode(identity), as: UTF8.self)
    }

    private func made() throws -> RunningSessions {
        let sessions = RunningSessions(only: folder)
        try SessionJournal(in: sessions, command: "test", units: [], session: 1, purpose: "test").remove()
        return sessions
    }

    /// Its number is written down easily, its name and start are in /proc for everybody.
    @Test func `a process is the one that was noted only if start, boot, name and executable are its own`() throws {
        let sessions = try made()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let own = ProcessIdentity.current
        #expect(
            own.pid == getpid() && own.startTicks > 0 && own.boot.count == 36 && own.executable?.hasPrefix("/") == true)
        #expect(own.isAlive(of: getuid()) && !own.isAlive(of: getuid() + 1))
        var others: [ProcessIdentity] = []
        for change in [
            { $0.startTicks += 1 }, { $0.boot = "6a1f0000-0000-0000-0000-000000000000" }, { $0.program = "sshd" },
            { $0.executable = "/usr/sbin/sshd" }, { $0.pid = 1 }, { $0.pid = 0 }, { $0.pid = -1 },
        ] as [(inout ProcessIdentity) -> Void] {
            var other = own
            change(&other)
            others.append(other)
        }
        for (index, identity) in ([own] + others).enumerated() {
            try Self.note("\(index)", process: try Self.json(identity), in: folder)
        }
        // Without a boot anything could be of any time.
        try Self.note("x", process: #"{"pid": \#(getpid()), "program": "x", "startTicks": 1}"#, in: folder)
        let found = sessions.all()
        #expect(found.count == 8)
        #expect(found.filter(\.isAlive).map(\.record.session) == ["0"])
        for entry in found where !entry.isAlive {
            #expect(throws: SessionHolder.Refusal.self) { _ = try SessionHolder(of: entry, among: found) }
        }
    }

    /// As root, whom other users' notes must not make signal root's processes, or any but their own.
    @Test func `a note of a file's owner about somebody else's process is nobody's`() throws {
        let sessions = try made()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        guard getuid() == 0 else { return }
        try Self.note("a", process: try Self.json(.current), in: folder)
        #expect(sessions.all().first?.isAlive == true)
        try #require(chown("\(folder)/sessions/a.json", 65_534, 65_534) == 0)
        #expect(sessions.all().isEmpty, "another user's file in a folder of ours")
        try #require(chown("\(folder)/sessions", 65_534, 65_534) == 0)
        #expect(sessions.all().isEmpty, "another user's folder")
        // The same where root looks through other users' folders: whose process it is decides.
        let entry = RunningSessions.Entry(
            record: try decoded("\(folder)/sessions/a.json"), file: "\(folder)/sessions/a.json", owner: 65_534)
        #expect(!entry.isAlive && !entry.isOurs)
        sessions.forget(entry)
        #expect(access(entry.file, F_OK) == 0, "another user's file is not removed")
        #expect(throws: SessionHolder.Refusal.ended(pid: getpid())) {
            _ = try SessionHolder(of: entry, among: [entry])
        }
    }

    private func decoded(_ file: String) throws -> RunningSession {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(RunningSession.self, from: Data(contentsOf: URL(filePath: file)))
    }

    @Test(.timeLimit(.minutes(1))) func `what is no note is not read, and there is an end to how many are`() throws {
        let sessions = try made()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let inner = "\(folder)/sessions"
        try #require(mkfifo("\(inner)/pipe.json", 0o600) == 0 && symlink("/dev/zero", "\(inner)/zero.json") == 0)
        try Self.note("good", process: try Self.json(.current), in: folder)
        try #require(symlink("\(inner)/good.json", "\(inner)/link.json") == 0)
        try #require(FileManager.default.createFile(atPath: "\(inner)/huge.json", contents: nil))
        try #require(truncate("\(inner)/huge.json", 3_000_000_000) == 0)
        #expect(sessions.all().map(\.record.session) == ["good"])
        for index in 0..<600 { try Self.note("n\(index)", process: try Self.json(.current), in: folder) }
        #expect(sessions.all().count <= 256)
    }

    @Test func `a program that holds more than one session, or is none of ours, is not signalled`() throws {
        let sessions = try made()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let own = ProcessIdentity.current
        try Self.note("a", process: try Self.json(own), in: folder)
        var found = sessions.all()
        #expect(throws: SessionHolder.Refusal.holdsMore(pid: getpid(), program: own.program, sessions: ["a"])) {
            _ = try SessionHolder(of: found[0], among: found)
        }
        try Self.note("b", process: try Self.json(own), command: "y", in: folder)
        found = sessions.all()
        #expect(throws: SessionHolder.Refusal.holdsMore(pid: getpid(), program: own.program, sessions: ["a", "b"])) {
            _ = try SessionHolder(of: found[0], among: found)
        }
    }

    @Test func `a runtime folder that is relative, empty or writable by others is none`() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let usual = ["/run/cvqkd", "/tmp/cvqkd-\(geteuid())"]
        #expect(RunningSessions(runtimeFolder: folder).bases == ["\(folder)/cvqkd"] + usual)
        try #require(chmod(folder, 0o777) == 0)
        for runtime in [folder, folder + "/none", "", "run", nil] {
            #expect(RunningSessions(runtimeFolder: runtime).bases == usual)
        }
    }

    @Test func `a folder that others can read is not used, nor one that cannot be made`() throws {
        try FileManager.default.createDirectory(atPath: folder + "/sessions", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        chmod(folder + "/sessions", 0o755)
        #expect(throws: SessionFolderFault.noFolder(tried: [folder])) {
            try SessionJournal(
                in: RunningSessions(only: folder), command: "test", units: [], session: 1, purpose: "test")
        }
        #expect(throws: SessionFolderFault.noFolder(tried: ["/dev/null/x"])) {
            try SessionJournal(
                in: RunningSessions(only: "/dev/null/x"), command: "test", units: [], session: 1, purpose: "test")
        }
    }
}
