import Glibc
import LocalUnits

/// Both rules files under the real systemd-udevd.
enum UdevChecks {
    static let folders = ["/run/udev/rules.d", "/etc/udev/rules.d"]

    /// Node, terminal and their properties, as udevd itself tells.
    static func everythingIsSet() async throws {
        let bench = try Bench()
        defer { bench.end() }
        for unit in try await bench.candidates(count: 4) {
            let said = try Shell.run("udevadm info --query=all --name=\(unit.path)").output
            let serial = unit.serial ?? "?"
            var wanted = ["E: ID_MM_DEVICE_IGNORE=1", "cvqkd:", "systemd:", "uaccess:"]
            switch unit.connection {
            case .usb:
                wanted.append("S: cvqkd/\(serial)\n")
                let path = try Shell.run("udevadm info --query=path --name=\(unit.path)").output.dropLast()
                let power = try Shell.run("cat /sys\(path)/power/control").output
                try expect(power == "on\n", "\(unit.path): power/control is \(power)")
            case .serial: wanted.append("S: cvqkd/\(serial)-serial\n")
            }
            guard let tags = said.split(separator: "\n").first(where: { $0.hasPrefix("E: CURRENT_TAGS=") }) else {
                throw SmokeFailure(description: "\(unit.path) has no tags: \(said)")
            }
            for word in wanted {
                try expect(said.contains(word) || tags.contains(word), "\(unit.path) lacks \(word): \(said)")
            }
        }
    }

    /// What udevd would do, and that it finds no fault with our files. `udevadm verify` is of systemd 254; where it is
    /// not, `udevadm test` reads all rules and prints its complaints with file and line.
    static func rulesAreFaultless() async throws {
        let bench = try Bench()
        defer { bench.end() }
        let node = try await bench.candidates(count: 4)[0].path
        if try Shell.run("udevadm verify --help").status == 0 {
            let verdict = try Shell.run("udevadm verify /run/udev/rules.d/6*-cvqkd*.rules")
            try expect(verdict.status == 0, verdict.output)
        }
        let path = try Shell.run("udevadm info --query=path --name=\(node)").output.dropLast()
        let test = try Shell.run("udevadm test --action=add \(path)").output
        let complaints = test.split(separator: "\n").filter { line in
            line.contains("cvqkd") && line.contains(".rules:") && !line.contains("GROUP 960")
                && !line.contains("MODE 0660") && !line.contains("LINK 'cvqkd")
                && !line.contains("ATTR '") && !line.contains("Importing properties")
        }
        try expect(complaints.isEmpty, complaints.joined(separator: "\n"))
        // 73-seat-late runs uaccess for what has the tag by then: our file has to sort before it.
        try expect(test.contains("run: 'uaccess'"), "uaccess would not run: \(test)")
        let order = try Shell.run("ls /run/udev/rules.d /usr/lib/udev/rules.d | grep rules$ | LC_ALL=C sort").output
        let names = order.split(separator: "\n")
        guard let ours = names.firstIndex(of: "61-cvqkd-uaccess.rules"),
            let seat = names.firstIndex(of: "73-seat-late.rules"), ours < seat
        else { throw SmokeFailure(description: order) }
    }

    /// Without the optional file the tag is not there, and nobody gets in by sitting in front of the machine.
    static func uaccessIsOptional() async throws {
        try Shell.run("mv /run/udev/rules.d/61-cvqkd-uaccess.rules /run/vm/ && udevadm control --reload")
        defer { _ = try? Shell.run("mv /run/vm/61-cvqkd-uaccess.rules /run/udev/rules.d/ && udevadm control --reload") }
        let bench = try Bench()
        defer { bench.end() }
        let node = try await bench.candidates(count: 4)[0].path
        let said = try Shell.run("udevadm info --query=property --name=\(node)").output
        try expect(said.contains("cvqkd") && !said.contains("uaccess"), said)
        let doctor = try Shell.run("cvqkd doctor").output
        try expect(doctor.contains("61-cvqkd-uaccess.rules is not installed: only members"), doctor)
    }
}
