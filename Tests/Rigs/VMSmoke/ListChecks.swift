import Glibc
import UnitEmulator

/// What `cvqkd list` says of units on USB that cannot be used.
enum ListChecks {
    /// Busy: who holds the node, by name and number, and to other users that there is somebody.
    static func busyNamesTheHolder() async throws {
        let bench = try Bench()
        defer { bench.end() }
        // Held without a word to the unit: only the node tells.
        let held = try await bench.openUSB("NOVA-B-0001")
        let own = "cvqkd-vm-smoke (pid \(getpid()))"
        let info = try Shell.run("cvqkd info usb:NOVA-B-0001")
        try expect(info.status == 5 && info.output.contains(own), "\(info)")
        let list = try Shell.run("cvqkd list").output
        try expect(list.contains("is in use by \(own)"), list)
        let other = try Shell.asNobody("info usb:NOVA-B-0001", groups: "--groups=960")
        try expect(other.status == 5 && other.output.contains("another user's program"), "\(other)")
        await held.close()
        let ready = try Shell.run("cvqkd list --json").output
        try expect(ready.components(of: "\"status\" : \"ready\"") == 2, ready)
    }

    /// A session of another process: busy, with its state, and who controls it.
    static func sessionIsBusy() async throws {
        let bench = try Bench()
        defer { bench.end() }
        _ = try await bench.candidates(count: 4)
        let list = try Shell.run(
            """
            cvqkd stream usb:NOVA-B-0001 --symbol-rate 50000 >/run/vm/stream.log 2>&1 &
            for i in $(seq 100); do grep -q '^session' /run/vm/stream.log && break; sleep 0.2; done
            cvqkd list --json NOVA-B-0001; cvqkd list; echo "stream is $!"; kill -INT $!; wait
            """
        ).output
        guard let pid = list.split(separator: "\n").last?.split(separator: " ").last else { return }
        try expect(list.contains("\"status\" : \"busy\"") && list.contains("\"state\" : \"Streaming\""), list)
        try expect(list.contains("pid \(pid)"), list)
    }

    /// Bootloader after a brown-out, and as itself again; absent when it is unplugged.
    static func bootloaderAndAbsence() async throws {
        let bench = try Bench()
        defer { bench.end() }
        _ = try await bench.candidates(count: 4)
        bench.pair.bob.inject(.brownOut, value: 15_000)
        try await until("NOVA-B-0001 is a bootloader", "cvqkd list --json NOVA-B-0001", "\"bootloader\"")
        let info = try Shell.run("cvqkd info usb:NOVA-B-0001")
        try expect(info.status == 6 && info.output.contains("bootloader"), "\(info)")
        try await until("it comes back", "cvqkd list --json NOVA-B-0001", "\"ready\"")
        bench.pair.bob.inject(.unplug)
        try await until("it is absent", "cvqkd list --json NOVA-B-0001", "\"absent\"")
    }

    /// The first field that differs.
    static func incompatibleNamesTheField() async throws {
        let bench = try Bench()
        defer { bench.end() }
        _ = try await bench.candidates(count: 4)
        bench.pair.bob.inject(.wrongFingerprint)
        // The first asking makes the emulator compute its other schema, which takes seconds here.
        let list = try await until("it is incompatible", "cvqkd list --json NOVA-B-0001", "\"incompatible\"")
        try expect(list.contains("message 13 Status: field "), list)
    }

    /// What the command says once it has the words.
    @discardableResult
    private static func until(_ what: String, _ command: String, _ words: String) async throws -> String {
        var output = ""
        for _ in 0..<40 {
            output = try Shell.run(command).output
            if output.contains(words) { return output }
            try await Task.sleep(for: .milliseconds(250))
        }
        throw SmokeFailure(description: "not within 40 attempts: \(what): \(output)")
    }
}
