import Glibc

/// `cvqkd doctor` and `cvqkd list` on a machine that is not in order, and after each repair that they name.
enum NodeChecks {
    /// Rules and group missing, one after the other; every repair is carried out as it is printed.
    static func repairsHold() async throws {
        for folder in UdevChecks.folders { try Shell.run("mkdir -p \(folder) && rm -f \(folder)/6*-cvqkd*.rules") }
        try Shell.run("cp /etc/group /run/vm/group && sed -i /^cvqkd:/d /etc/group && udevadm control --reload")
        defer { restore() }
        let bench = try Bench()
        defer { bench.end() }
        _ = try await bench.candidates(count: 4, ruled: false)
        try Shell.run("udevadm settle")

        var list = try Shell.asNobody("list usb:NOVA-B-0001").output
        try expect(list.contains("rules 60-cvqkd.rules are not installed: cvqkd doctor --print-rules"), list)
        var doctor = try examine()
        try expect(doctor.state("udev-rules") == "FAILURE" && doctor.state("group") == "FAILURE", "\(doctor)")
        try await carryOut(doctor, "udev-rules")

        doctor = try examine()
        try expect(doctor.state("udev-rules") == "ok" && doctor.state("group") == "FAILURE", "\(doctor)")
        list = try Shell.asNobody("list usb:NOVA-B-0001").output
        try expect(list.contains("group cvqkd of /etc/udev/rules.d/60-cvqkd.rules does not exist: sudo groupadd"), list)
        try await carryOut(doctor, "group")

        doctor = try examine()
        for check in [
            "udev-rules", "group", "rules-applied NOVA-B-0001", "autosuspend NOVA-B-0001", "access NOVA-B-0001",
        ] {
            try expect(doctor.state(check) == "ok", "\(check): \(doctor)")
        }
    }

    /// The user, then the login.
    static func membershipIsTold() async throws {
        defer { restore() }
        try Shell.run("cp /etc/group /run/vm/group")
        let bench = try Bench()
        defer { bench.end() }
        _ = try await bench.candidates(count: 4)
        var doctor = Examination(try Shell.asNobody("doctor").output)
        try expect(doctor.state("group") == "FAILURE", "\(doctor)")
        try expect(doctor.state("access NOVA-B-0001") == "FAILURE", "\(doctor)")
        try await carryOut(doctor, "group")
        doctor = Examination(try Shell.asNobody("doctor").output)
        try expect(try doctor.repair("group") == "newgrp cvqkd", "\(doctor)")
        let list = try Shell.asNobody("list").output
        try expect(list.contains("nobody is in its group cvqkd, but this login began before"), list)
        let login = "--groups=$(getent group cvqkd | cut -d: -f3)"
        doctor = Examination(try Shell.asNobody("doctor", groups: login).output)
        try expect(doctor.state("group") == "ok" && doctor.state("access NOVA-B-0001") == "ok", "\(doctor)")
        let units = try Shell.asNobody("list --json", groups: login).output
        try expect(units.components(of: "\"status\" : \"ready\"") == 2, units)
    }

    /// A port that may sleep, and ModemManager that nobody warned.
    static func portsAreWatched() async throws {
        let bench = try Bench()
        defer { bench.end() }
        let candidates = try await bench.candidates(count: 4)
        guard let node = candidates.first(where: { $0.serial == "NOVA-B-0001" })?.path else { return }
        let path = try Shell.run("udevadm info --query=path --name=\(node)").output.dropLast()
        try Shell.run("echo auto > /sys\(path)/power/control")
        var doctor = try examine()
        try expect(doctor.state("autosuspend NOVA-B-0001") == "FAILURE", "\(doctor)")
        try expect(doctor.state("autosuspend NOVA-A-0001") == "ok", "\(doctor)")
        try await carryOut(doctor, "autosuspend NOVA-B-0001")
        // A process of this name, as far as the kernel knows.
        try Shell.run("cp /bin/sleep /run/vm/ModemManager; (/run/vm/ModemManager 60 >/dev/null 2>&1 &)")
        defer { _ = try? Shell.run("kill $(pidof ModemManager)") }
        doctor = try examine()
        try expect(doctor.state("autosuspend NOVA-B-0001") == "ok", "\(doctor)")
        try expect(doctor.state("modem-manager NOVA-B-0001") == "ok", "\(doctor)")
    }

    private static func examine() throws -> Examination { Examination(try Shell.run("cvqkd doctor").output) }

    private static func carryOut(_ doctor: Examination, _ check: String) async throws {
        let repair = try doctor.repair(check)
        let result = try Shell.run(repair)
        try expect(result.status == 0, "'\(repair)' failed: \(result.output)")
        try Shell.run("udevadm settle --timeout=10")
    }

    /// As vm/guest left it.
    private static func restore() {
        _ = try? Shell.run(
            """
            cp /run/vm/group /etc/group; rm -f /etc/udev/rules.d/6*-cvqkd*.rules
            for rules in 60-cvqkd 60-cvqkd-instruments 61-cvqkd-uaccess; do
                cvqkd doctor --print-rules $rules.rules > /run/udev/rules.d/$rules.rules
            done
            udevadm control --reload
            """)
    }
}

extension String {
    /// How often a text occurs.
    func components(of text: String) -> Int {
        var (count, rest) = (0, self[...])
        while let range = rest.firstRange(of: text) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
