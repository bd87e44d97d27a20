import Glibc
import LocalUnits
import LinkControl
import SerialTransport
import TransportConformance
import USBTransport
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport

struct SmokeFailure: Error, CustomStringConvertible {
    let description: String
}

/// Runs the checks one after another and keeps the count.
@MainActor
final class SmokeSuite {
    private(set) var passed = 0
    private(set) var failed = 0
    private let only: [String]
    private let without: [String]

    /// Words of the checks to run, all if there are none; and of those to leave out.
    init(only: [String], without: [String]) {
        self.only = only
        self.without = without
    }

    func run() async {
        await check("two units on USB are found by libudev, with their serial numbers") {
            let bench = try Bench()
            defer { bench.end() }
            let found = try await bench.candidates(count: 4)
            let usb = found.filter { if case .usb = $0.connection { true } else { false } }
            try expect(usb.compactMap(\.serial).sorted() == ["NOVA-A-0001", "NOVA-B-0001"], "found \(usb)")
            try expect(found.count == 4, "a node and a port each: \(found.map(\.path))")
        }
        await check("udev gives group, mode and links") {
            let bench = try Bench()
            defer { bench.end() }
            for unit in try await bench.candidates(count: 4) {
                var status = stat()
                try expect(stat(unit.path, &status) == 0, "\(unit.path) is not there")
                let group = getgrgid(status.st_gid).map { String(cString: $0.pointee.gr_name) } ?? "?"
                try expect(
                    group == "cvqkd" && status.st_mode & 0o777 == 0o660,
                    "\(unit.path): \(group) \(String(status.st_mode, radix: 8))")
            }
            for link in ["NOVA-A-0001", "NOVA-A-0001-serial", "NOVA-B-0001", "NOVA-B-0001-serial"] {
                try expect(access("/dev/cvqkd/\(link)", R_OK) == 0, "/dev/cvqkd/\(link) is missing")
            }
        }
        await check("who is not in the group is told which group to join, by list and by info") {
            let bench = try Bench()
            defer { bench.end() }
            _ = try await bench.candidates(count: 4)
            let list = try Shell.asNobody("list")
            try expect(list.output.contains("no permission"), "list says \(list.output)")
            let info = try Shell.asNobody("info usb:NOVA-B-0001")
            try expect(info.status == 4, "exit code \(info.status): \(info.output)")
            try expect(info.output.contains("usermod -aG cvqkd"), "info says \(info.output)")
        }
        await check("a pair on USB runs a session, conserved by the units' own records") {
            let bench = try Bench()
            defer { bench.end() }
            let alice = try await Unit.connect(bench.openUSB("NOVA-A-0001"), hostName: "smoke")
            let bob = try await Unit.connect(bench.openUSB("NOVA-B-0001"), hostName: "smoke")
            try await Self.pairSession(alice, bob, bench.pair)
        }
        await check("a halted stream endpoint is cleared, and the session goes on") {
            try await RecoveryChecks.haltIsCleared()
        }
        await check("a unit that comes back as its bootloader, then as itself, is found again") {
            try await RecoveryChecks.brownOutIsSurvived()
        }
        await check("a USB reset restarts a unit's port, which keeps its identity") {
            try await RecoveryChecks.resetRestartsThePort()
        }
        await check("a transport that was never closed gives its device back") {
            try await RecoveryChecks.forgottenTransport()
        }
        await nodeChecks()
        await conformance("USB", .usb)
        await conformance("cdc-acm", .serial)
        await check("a rate set on ttyACM reaches the device, usual or not") {
            try await SerialChecks.rateReachesTheDevice()
        }
        await check("a ttyACM in use is closed to others, and open to them afterwards") {
            try await SerialChecks.portIsExclusive()
        }
        await check("a UART gets low latency, and a rate that its driver has not is refused") {
            try await SerialChecks.uartIsSet()
        }
        await check("a session at full rate over cdc-acm arrives whole, sample by sample") {
            try await SerialChecks.fullRateSession()
        }
        await check("control over USB keeps the serial port of the same unit out: Busy") {
            let bench = try Bench()
            defer { bench.end() }
            let unit = try await Unit.connect(bench.openUSB("NOVA-B-0001"), hostName: "first")
            try await closing(unit) {
                let port = try await bench.openSerial("NOVA-B-0001")
                do {
                    _ = try await Unit.connect(port, hostName: "second")
                    throw SmokeFailure(description: "the second was let in")
                } catch let error as UnitError {
                    guard case .controlledElsewhere(let holder) = error, holder.contains("first") else { throw error }
                }
            }
        }
        await check("USB: a unit with two ports passes the conformance suite, resets included") {
            try await ConformanceChecks.overUSB()
        }
        await check("USB: a pair passes the conformance suite") { try await ConformanceChecks.pairOverUSB() }
        await runGadgetChecks()
        await runInstrumentChecks()
    }

    /// Rules, permissions, the doctor, and the kernel's memory for transfers.
    private func nodeChecks() async {
        let checks: [(String, @Sendable () async throws -> Void)] = [
            ("udev: tags, links, ModemManager and power as udevd tells them", UdevChecks.everythingIsSet),
            ("udev: no complaint about our rules, and uaccess runs after them", UdevChecks.rulesAreFaultless),
            ("udev: without the optional file nobody gets uaccess", UdevChecks.uaccessIsOptional),
            ("doctor: missing rules and group are repaired by what it prints", NodeChecks.repairsHold),
            ("doctor: a user and a login that lack the group", NodeChecks.membershipIsTold),
            ("doctor: a port that may sleep, and ModemManager", NodeChecks.portsAreWatched),
            ("list: busy names the holder", ListChecks.busyNamesTheHolder),
            ("list: a session is busy, with its state", ListChecks.sessionIsBusy),
            ("list: bootloader, ready again, absent", ListChecks.bootloaderAndAbsence),
            ("list: incompatible names the field", ListChecks.incompatibleNamesTheField),
            ("usbfs memory: two streams share it, a third is refused", BudgetChecks.limitIsShared),
            ("usbfs memory: what other processes use", BudgetChecks.otherProcessesCount),
            ("usbfs memory: a stream survives its getting scarce", BudgetChecks.streamSurvivesScarcity),
            ("usbfs memory: the doctor raises it", BudgetChecks.doctorRaisesIt),
        ]
        for (name, body) in checks { await check(name, body) }
    }

    /// All rules of a transport, on one unit that stays plugged in (but for the rules about unplugging).
    private func conformance(_ name: String, _ port: USBRig.Port) async {
        let rig: USBRig
        do {
            rig = try USBRig(port: port)
        } catch {
            return await check("\(name): a unit is plugged in") { throw error }
        }
        for rule in TransportConformance.checks {
            await check("\(name): \(rule.name)") { try await rule.run(on: rig) }
        }
        rig.bench.end()
    }

    /// A short session of two units, checked against their own records.
    static func pairSession(_ alice: Unit, _ bob: Unit, _ pair: EmulatedPair) async throws {
        let plan = LinkPlan(purpose: .test, symbolRate: 100_000, vacuumFraction: 0.3, trainingFraction: 0.5)
        let session = try await LinkSession(alice: alice, bob: bob, plan: plan)
        _ = try await session.measureElectronicNoise(samples: 100_000)
        try await session.lightUp(within: .seconds(10))
        try await session.start()
        let report = try await session.run { $0.bob.nextSymbol > 200_000 }
        await session.lightDown()
        for (counters, unit) in [(report.alice, pair.alice), (report.bob, pair.bob)] {
            guard let record = unit.record(session: report.session) else {
                throw SmokeFailure(description: "no record")
            }
            try expect(counters.isConserved, "\(unit.configuration.serial) is not conserved")
            try expect(
                counters.deliveredSymbols == record.measuredSymbols && counters.frames == record.frames,
                "\(counters.deliveredSymbols) symbols came of \(record.measuredSymbols)")
        }
        try expect(report.health != nil, "no estimate: \(String(describing: report.noEstimate))")
        await alice.close()
        await bob.close()
    }

    /// Runs one check and prints a line about it.
    func check(_ name: String, _ body: () async throws -> Void) async {
        guard only.isEmpty || only.contains(where: name.contains), !without.contains(where: name.contains) else {
            return
        }
        let start = ContinuousClock.now
        do {
            try await body()
            passed += 1
            print("ok    \(name) (\(ContinuousClock.now - start))")
            fflush(nil)
        } catch {
            failed += 1
            print("FAIL  \(name): \(error)")
            fflush(nil)
        }
    }
}

/// Works with a unit, and gives its line back whatever happens: a check that fails must not fail those after it.
func closing<Result>(_ unit: Unit, _ body: () async throws -> Result) async throws -> Result {
    do {
        let result = try await body()
        await unit.close()
        return result
    } catch {
        await unit.close()
        throw error
    }
}

func expect(_ condition: Bool, _ otherwise: @autoclosure () -> String) throws {
    guard condition else { throw SmokeFailure(description: otherwise()) }
}

/// An emulated pair, both units plugged into this kernel's USB.
final class Bench: Sendable {
    let pair: EmulatedPair
    /// Alice's, Bob's.
    let ports: [USBIPPort]

    init(index: Int = 0, _ adjust: (inout PairConfiguration) -> Void = { _ in }) throws {
        var configuration = PairConfiguration(model: PairModel(seed: 3))
        configuration.index = index
        configuration.warmUpTime = 0.1
        adjust(&configuration)
        pair = EmulatedPair(configuration)
        ports = try [USBIPPort(pair.alice), USBIPPort(pair.bob)]
    }

    func end() {
        ports.forEach { $0.stop() }
        pair.stop()
    }

    /// The candidates, as soon as there are `count` and udev's rules have run; what there is after 10 s otherwise.
    func candidates(count: Int, ruled: Bool = true) async throws -> [UnitCandidate] {
        var found: [UnitCandidate] = []
        for _ in 0..<100 {
            found = try UnitDirectory.candidates()
            if found.count >= count && found.allSatisfy({ access($0.path, F_OK) == 0 }) { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        // The rules have run when the link is there; the node itself is there before.
        for _ in 0..<50 where ruled && access("/dev/cvqkd/NOVA-B-0001-serial", F_OK) != 0 {
            try await Task.sleep(for: .milliseconds(100))
        }
        return found
    }

    /// Waits until nothing is left of an unplugged unit, for 10 s at most: what comes next has the same names.
    static func waitUntilGone(_ serial: String) async {
        for _ in 0..<500 {
            let found = (try? UnitDirectory.candidates()) ?? []
            guard found.contains(where: { $0.serial == serial }) else { return }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    func openUSB(_ serial: String) async throws -> any UnitTransport {
        for candidate in try await candidates(count: 4) {
            if case .usb(let node) = candidate.connection, candidate.serial == serial {
                return try USBTransport(node: node, serial: serial)
            }
        }
        throw TransportError.notFound(serial)
    }

    func openSerial(_ serial: String) async throws -> any UnitTransport {
        try SerialTransport(path: await serialPath(serial))
    }

    func serialPath(_ serial: String) async throws -> String {
        for candidate in try await candidates(count: 4) {
            if case .serial(let path) = candidate.connection, candidate.serial == serial {
                return path
            }
        }
        throw TransportError.notFound(serial)
    }
}

/// One unit of the bench, over one of its two ports.
final class USBRig: TransportRig {
    enum Port { case usb, serial }

    let bench: Bench
    let isExclusive = true
    let symbolRate = 50_000.0
    private let port: Port

    init(port: Port) throws {
        // A unit's memory that is full, and empty again, within seconds on this slow bus.
        bench = try Bench { $0.streamBufferBytes = 1 << 20 }
        self.port = port
    }

    func open() async throws -> any UnitTransport {
        switch port {
        case .usb: try await bench.openUSB("NOVA-B-0001")
        case .serial: try await bench.openSerial("NOVA-B-0001")
        }
    }

    func unplug() async { bench.pair.bob.inject(.unplug) }

    func replug() async {
        await Bench.waitUntilGone("NOVA-B-0001")
        bench.pair.bob.inject(.replug)
        _ = try? await bench.candidates(count: 4)
    }
}
