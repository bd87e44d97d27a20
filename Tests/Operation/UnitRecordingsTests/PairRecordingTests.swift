import Foundation
import LinkControl
import LinkOperation
import SignalRecordings
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitRecordings
import UnitTransport
import VirtualTime

/// A session of a pair in files: how it ends, and what is said of it.
@Suite(.virtualTime) struct PairRecordingTests {
    private static let names = ["electronic_noise", "vacuum", "modulation", "signal"]

    @Test func `a recording ends after its duration, with everything told in order`() async throws {
        let bench = try await RecordingBench(relays: RecordingBench.small)
        let outcome = try await bench.session { $0.duration = .seconds(2) }.perform(on: bench.units)
        #expect(!outcome.isInterrupted && outcome.symbols > 10_000 && outcome.vacuumSymbols > 10_000)
        for name in Self.names { #expect(bench.has(name), "\(name)") }
        var told = bench.heard.withLock { $0 }
        // Of those that come often the first.
        told = zip([""] + told, told).filter { $0 != $1 }.map(\.1)
        #expect(told == ["measuring", "progress", "warming", "started", "moment"], "\(told)")
        bench.expectOrder()
        await bench.close()
    }

    @Test(arguments: ["measuring", "progress", "warming", "started", "moment"], RecordingBench.Way.allCases)
    func `a recording that is ended leaves its units dark, open and unnoted`(
        event: String, way: RecordingBench.Way
    ) async throws {
        let bench = try await RecordingBench(relays: RecordingBench.small)
        let result = try await bench.ended(way, at: event) {
            try await bench.session().perform(on: bench.units)
        }
        switch result {
        case .success(let outcome):
            #expect(["started", "moment"].contains(event) && outcome.isInterrupted)
            for name in Self.names { #expect(bench.has(name), "\(name)") }
        // At the very beginning of a session there is nothing yet.
        case .failure(LiveRecordingFailure.ended): #expect(!bench.has("signal"))
        case .failure(let error): Issue.record("\(error)")
        }
        bench.expectOrder(event)
        await bench.close()
    }

    @Test func `a session that is ended after a while is an interruption with whole files`() async throws {
        let bench = try await RecordingBench()
        let work = Task(executorPreference: HostClock.test.executor) {
            try await bench.session().perform(on: bench.units)
        }
        try await bench.waitFor("moment", times: 20)
        work.cancel()
        let outcome = try await work.value
        #expect(outcome.isInterrupted && outcome.symbols > 10_000)
        #expect(try SignalRecording("\(bench.folder)/signal").symbols == outcome.symbols)
        bench.expectOrder()
        await bench.close()
    }

    @Test(arguments: [UnitRole.alice, .bob])
    func `a session that a unit ends by itself is a failure that names it, with its files`(role: UnitRole) async throws
    {
        let bench = try await RecordingBench()
        let unit = role == .alice ? bench.pair.alice : bench.pair.bob
        let trouble = Task(executorPreference: HostClock.test.executor) {
            try await bench.waitFor("moment", times: 20)
            unit.inject(.hardwareFault)
        }
        do throws(LiveRecordingFailure) {
            _ = try await bench.session { $0.duration = .seconds(60) }.perform(on: bench.units)
            Issue.record("it is a success")
        } catch {
            guard case .deserted(let desertion) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(desertion.unit == role)
            #expect(desertion.states.first { $0.role == role }?.status?.faultCode == 17)
        }
        try await trouble.value
        #expect(bench.heard.withLock { $0.last } == "endedEarly")
        for name in Self.names { #expect(bench.has(name), "\(name)") }
        bench.expectOrder()
        await bench.close()
    }

    /// Vacuum alone would look like the beginning of a recording.
    @Test(arguments: [SymbolKind.training, .vacuum])
    func `a session without a symbol of one kind leaves none of its files`(kind: SymbolKind) async throws {
        let bench = try await RecordingBench(frames: { _, _, frame in
            if frame.content == .measured, frame.kind == kind { frame.kind = .dark }
        })
        do throws(LiveRecordingFailure) {
            _ = try await bench.session { $0.duration = .seconds(3) }.perform(on: bench.units)
            Issue.record("it is a success")
        } catch {
            guard case .file(.empty(let data)) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(data.hasSuffix(kind == .vacuum ? "vacuum.sigmf-data" : "signal.sigmf-data"), "\(data)")
        }
        for name in ["vacuum", "modulation", "signal", "basis"] { #expect(!bench.has(name), "\(name)") }
        await bench.close()
    }

    @Test func `a session of which too many frames are refused is a failure`() async throws {
        let bench = try await RecordingBench(frames: { index, _, frame in
            if index % 8 == 7 { frame.purpose = .key }
        })
        do throws(LiveRecordingFailure) {
            _ = try await bench.session { $0.duration = .seconds(3) }.perform(on: bench.units)
            Issue.record("it is a success")
        } catch {
            guard case .link(.framesRefused(.bob, let counters)) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(counters.refusals.first == .otherPurpose)
        }
        bench.expectOrder()
        await bench.close()
    }

    @Test func `what Alice disclosed and did not stream is a failure`() async throws {
        let bench = try await RecordingBench { configuration in
            configuration.adjust = { if $0.role == .bob { $0.defects = [.disclosureChanged] } }
        }
        do throws(LiveRecordingFailure) {
            _ = try await bench.session { $0.duration = .seconds(3) }.perform(on: bench.units)
            Issue.record("it is a success")
        } catch {
            guard case .link(.disclosureDiffers) = error else {
                Issue.record("\(error)")
                return
            }
        }
        bench.expectOrder()
        await bench.close()
    }

    @Test func `ends that count different symbols are a failure`() async throws {
        let bench = try await RecordingBench()
        let trouble = Task(executorPreference: HostClock.test.executor) {
            try await bench.waitFor("moment", times: 40)
            bench.pair.inject(.syncSlip, strength: 5)
        }
        do throws(LiveRecordingFailure) {
            _ = try await bench.session { $0.duration = .seconds(15) }.perform(on: bench.units)
            Issue.record("it is a success")
        } catch {
            guard case .link(.syncLost) = error else {
                Issue.record("\(error)")
                return
            }
        }
        try await trouble.value
        bench.expectOrder()
        await bench.close()
    }

    @Test func `a unit's failure is told, and not that of the file that suffers too`() async throws {
        let bench = try await RecordingBench()
        let trouble = Task(executorPreference: HostClock.test.executor) {
            try await bench.waitFor("moment", times: 10)
            // Somebody else's file under the name that is wanted at the end.
            #expect(FileManager.default.createFile(atPath: "\(bench.folder)/vacuum.sigmf-data", contents: Data([1])))
            bench.pair.bob.inject(.unplug)
        }
        do throws(LiveRecordingFailure) {
            _ = try await bench.session { $0.duration = .seconds(60) }.perform(on: bench.units)
            Issue.record("it is a success")
        } catch {
            guard case .link(.unit(.bob, .transport)) = error else {
                Issue.record("\(error)")
                return
            }
        }
        try await trouble.value
        #expect(bench.heard.withLock { !$0.contains("endedEarly") }, "no recording is there")
        #expect(bench.sessions.all().isEmpty)
        await bench.close()
    }

    @Test func `a file that cannot be put in its place is the failure of a session that went well`() async throws {
        let bench = try await RecordingBench()
        let trouble = Task(executorPreference: HostClock.test.executor) {
            try await bench.waitFor("moment", times: 10)
            #expect(FileManager.default.createFile(atPath: "\(bench.folder)/vacuum.sigmf-data", contents: Data([1])))
        }
        do throws(LiveRecordingFailure) {
            _ = try await bench.session { $0.duration = .seconds(2) }.perform(on: bench.units)
            Issue.record("it is a success")
        } catch {
            guard case .file(.exists) = error else {
                Issue.record("\(error)")
                return
            }
        }
        try await trouble.value
        bench.expectOrder()
        await bench.close()
    }

    @Test func `the note of a session is written every other second`() async throws {
        let bench = try await RecordingBench()
        let files = Guarded(Set<UInt>())
        let outcome = try await bench.session({ $0.duration = .seconds(5) }) { event in
            guard case .moment = event, let file = bench.sessions.all().first?.file else { return }
            // Each write makes a new file, which may get the number of one that is gone: its time belongs to it.
            var status = stat()
            guard stat(file, &status) == 0 else { return }
            files.withLock { _ = $0.insert(UInt(status.st_ino) ^ UInt(status.st_mtim.tv_nsec)) }
        }.perform(on: bench.units)
        #expect(!outcome.isInterrupted)
        #expect((2...4).contains(files.withLock { $0.count }), "\(files.withLock { $0.count }) files")
        bench.expectOrder()
        await bench.close()
    }

    @Test func `a folder that cannot be made is told with the system's own code`() {
        let folder = "/tmp/cvqkd-folders-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func failure(_ path: String) -> LiveRecordingFailure? {
            let recording = PairRecording(
                PairRecording.Request(), folder: path, replacing: false, recorder: "test", until: EndRequest(),
                notedIn: RunningSessions(only: folder), as: "test"
            ) { _ in }
            do throws(LiveRecordingFailure) {
                try recording.checkFiles()
                return nil
            } catch {
                return error
            }
        }
        #expect(failure("\(folder)/a/b/") == nil)
        #expect(failure("\(folder)/a/b") == nil, "a folder that is there will do")
        #expect(FileManager.default.createFile(atPath: "\(folder)/file", contents: Data()))
        for (path, at, wanted) in [
            ("\(folder)/file/c", "\(folder)/file", ENOTDIR), ("\(folder)/file", "\(folder)/file", ENOTDIR),
            (
                "\(folder)/c/\(String(repeating: "x", count: 300))/d",
                "\(folder)/c/\(String(repeating: "x", count: 300))", ENAMETOOLONG
            ),
        ] {
            guard case .folder(let path, let code) = failure(path) else {
                Issue.record("\(path): \(String(describing: failure(path)))")
                continue
            }
            #expect(path == at && code == wanted, "\(path): \(code)")
        }
    }
}
