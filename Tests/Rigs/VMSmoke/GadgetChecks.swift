import Glibc
import LinkControl
import TransportConformance
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport

/// The emulator as a real USB gadget: configfs, FunctionFS and `dummy_hcd` instead of USB/IP.
extension SmokeSuite {
    func runGadgetChecks() async {
        await check("gadget: what an emulator that died left behind is removed, what another serves is not") {
            try Self.staleGadgets()
        }
        await check("gadget: without a controller, or with a busy one, the error says what to do") {
            try Self.refusals()
        }
        await check("gadget: without root, module or controller, the program says what to do") {
            try Self.missingParts()
        }
        await check("gadget: libudev finds both units, at SuperSpeed, with their serial numbers") {
            let bench = try GadgetBench()
            defer { bench.end() }
            for serial in ["NOVA-A-0001", "NOVA-B-0001"] {
                let unit = try await Unit.connect(bench.open(serial), hostName: "smoke")
                try expect(unit.identity.serial.description == serial, "HelloReply says \(unit.identity.serial)")
                await unit.close()
            }
            let transport = try await bench.open("NOVA-B-0001")
            try expect(transport.endpoint.kind == .usbSuper, "the speed is \(transport.endpoint.kind)")
            await transport.close()
        }
        await check("gadget: the same at high speed") {
            let bench = try GadgetBench(speed: .high)
            defer { bench.end() }
            let transport = try await bench.open("NOVA-B-0001")
            try expect(transport.endpoint.kind == .usbHigh, "the speed is \(transport.endpoint.kind)")
            let unit = try await Unit.connect(transport, hostName: "smoke")
            try await Self.stream(unit)
            await unit.close()
        }
        await check("gadget: a pair runs a session, conserved by the units' own records") {
            let bench = try GadgetBench()
            defer { bench.end() }
            let alice = try await Unit.connect(bench.open("NOVA-A-0001"), hostName: "smoke")
            let bob = try await Unit.connect(bench.open("NOVA-B-0001"), hostName: "smoke")
            try await Self.pairSession(alice, bob, bench.pair)
        }
        await gadgetConformance()
        await check("gadget: a stall of the stream endpoint reaches the host") { try await Self.stall() }
        await check("gadget: a bus reset ends the connection, and the unit can be used again") {
            try await Self.busReset()
        }
        await check("gadget: nothing is left of the gadgets that were served") {
            try expect(Self.names(in: "/sys/kernel/config/usb_gadget").isEmpty, "a gadget is left")
            try expect(Self.names(in: "/run/cvqkd/gadgets").isEmpty, "left: \(Self.names(in: "/run/cvqkd/gadgets"))")
            try expect(!Self.text(of: "/proc/mounts").contains("functionfs"), "a mount is left")
        }
    }

    /// All rules of a transport, and those of a unit.
    private func gadgetConformance() async {
        let rig: GadgetRig
        do {
            rig = try GadgetRig()
        } catch {
            return await check("gadget: a unit is plugged in") { throw error }
        }
        for rule in TransportConformance.checks {
            await check("gadget: \(rule.name)") { try await rule.run(on: rig) }
        }
        rig.bench.end()
        await check("gadget: a pair passes the conformance suite") { try await ConformanceChecks.pairOverGadget() }
    }

    /// One short session, conserved.
    static func stream(_ unit: Unit) async throws {
        try await unit.set(SetLocalOscillator(on: true, power: 0))
        try await unit.waitUntil(.ready, within: .seconds(20))
        let stream = try await unit.startStream(plan)
        async let reading: Void = { while try await stream.read({ _, _ in }) {} }()
        for _ in 0..<1_000 where stream.counters.deliveredSymbols < 20_000 {
            try await Task.sleep(for: .milliseconds(10))
        }
        let stopped = try await unit.stopStream()
        try await reading
        await unit.finishStream(stopped)
        let counters = stream.counters
        try expect(counters.isConserved && counters.deliveredSymbols >= 20_000, "not conserved, or nearly empty")
        try expect(counters.deliveredSymbols == stopped.deliveredSymbols, "symbols are missing")
    }

    private static var plan: StreamPlan {
        StreamPlan(
            session: .random(in: 1...UInt64.max), purpose: .test, options: .standalone, frameBytes: 16_384,
            symbolsPerFrame: 4064, symbolRate: 50_000, vacuumFraction: 0.3, trainingFraction: 0)
    }

    private static func stall() async throws {
        let bench = try GadgetBench()
        defer { bench.end() }
        let unit = try await Unit.connect(bench.open("NOVA-B-0001"), hostName: "smoke")
        try await unit.set(SetLocalOscillator(on: true, power: 0))
        try await unit.waitUntil(.ready, within: .seconds(20))
        let stream = try await unit.startStream(plan)
        _ = try await stream.read { _, _ in }
        bench.pair.bob.inject(.stall)
        // Only a halt of the controller's endpoint makes the host clear one.
        while await unit.anomalies.transport.clearedHalts == 0 { _ = try await stream.read { _, _ in } }
        let reader = Task { while try await stream.read({ _, _ in }) {} }
        let stopped = try await unit.stopStream()
        try await reader.value
        await unit.finishStream(stopped)
        let counters = stream.counters
        try expect(counters.isConserved && counters.nextSymbol == stopped.nextSymbol, "not conserved: \(counters)")
        await unit.close()
    }

    private static func busReset() async throws {
        let bench = try GadgetBench()
        defer { bench.end() }
        let unit = try await Unit.connect(bench.open("NOVA-B-0001"), hostName: "smoke")
        await unit.close()
        // USBDEVFS_RESET on the node, as a host's last resort.
        guard case .usb(let node) = try await bench.candidate("NOVA-B-0001").connection else {
            throw SmokeFailure(description: "no node")
        }
        let file = Glibc.open(node, O_RDWR)
        try expect(file >= 0, "\(node) cannot be opened")
        let result = ioctl(file, 0x5514)
        Glibc.close(file)
        try expect(result == 0, "USBDEVFS_RESET: errno \(errno)")
        let again = try await Unit.connect(bench.open("NOVA-B-0001"), hostName: "smoke")
        try await stream(again)
        await again.close()
    }

    private static func staleGadgets() throws {
        // An emulator of its own, killed in mid-service.
        let emulator = try ServedElsewhere()
        try expect(names(in: "/sys/kernel/config/usb_gadget").count == 2, "it serves no two gadgets")
        do {
            let bench = try GadgetBench()
            bench.end()
            throw SmokeFailure(description: "a serial number was served twice")
        } catch let error as GadgetError {
            guard case .allControllersBusy = error else { throw error }
        }
        emulator.kill()
        let left = names(in: "/sys/kernel/config/usb_gadget")
        try expect(left.count == 2, "killed, it left \(left)")
        let bench = try GadgetBench()
        bench.end()
        try expect(names(in: "/sys/kernel/config/usb_gadget").isEmpty, "a gadget is left")
    }

    private static func refusals() throws {
        do {
            _ = try DeviceController.named("nowhere.0")
            throw SmokeFailure(description: "a controller that is not there was found")
        } catch let error as GadgetError {
            guard case .unknownController("nowhere.0", let known) = error, known.count == 2 else { throw error }
            try expect(error.description.contains("--udc"), "it says \(error)")
        }
        let bench = try GadgetBench()
        defer { bench.end() }
        do {
            _ = try DeviceController.named("dummy_udc.0")
            throw SmokeFailure(description: "a busy controller was given away")
        } catch let error as GadgetError {
            guard case .controllerBusy("dummy_udc.0", holder: "cvqkd-NOVA-A-0001"?) = error else { throw error }
        }
    }

    /// Takes away one thing after another that a gadget needs.
    private static func missingParts() throws {
        let run = "\(Shell.folder)/cvqkd-emulator run --gadget --directory /run/cvqkd/emulator"
        let cases = [
            ("setpriv --reuid=65534 --regid=65534 --clear-groups \(run)", "true", "needs root"),
            (run, "echo /bin/false > /proc/sys/kernel/modprobe; rmmod usb_f_fs", "modprobe usb_f_fs"),
            (run, "echo /sbin/modprobe > /proc/sys/kernel/modprobe; rmmod dummy_hcd", "/sys/class/udc is empty"),
        ]
        for (command, before, words) in cases {
            let result = try Shell.run("\(before) && \(command)")
            try expect(
                result.status != 0 && result.output.contains(words), "exit code \(result.status): \(result.output)")
        }
        let result = try Shell.run("modprobe usb_f_fs && modprobe dummy_hcd is_super_speed=1 num=2")
        try expect(result.status == 0, "the modules did not come back: \(result.output)")
    }

    private static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    private static func text(of path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var text = ""
        var line = [CChar](repeating: 0, count: 1024)
        while fgets(&line, Int32(line.count), file) != nil {
            text += String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return text
    }
}

/// `cvqkd-emulator run --gadget` in a process of its own, as a user starts it.
private final class ServedElsewhere {
    private var process: pid_t = 0

    init() throws {
        let program = Shell.folder + "/cvqkd-emulator"
        var pipes: [Int32] = [-1, -1]
        try expect(pipe(&pipes) == 0, "pipe")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, pipes[1], 1)
        posix_spawn_file_actions_addclose(&actions, pipes[0])
        let words = [program, "run", "--gadget", "--directory", "/run/cvqkd/emulator"]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        let result = posix_spawn(&process, program, &actions, nil, &arguments, environ)
        close(pipes[1])
        try expect(result == 0, "\(program): errno \(result)")
        // It says "ready" when both are plugged in.
        guard let output = fdopen(pipes[0], "r") else { throw SmokeFailure(description: "fdopen") }
        defer { fclose(output) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, 256, output) != nil {
            if String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) == "ready\n" {
                return
            }
        }
        throw SmokeFailure(description: "the emulator ended before it was ready")
    }

    /// SIGKILL: nothing is cleaned up.
    func kill() {
        Glibc.kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }
}
