import Foundation
import LinkOperation
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

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
