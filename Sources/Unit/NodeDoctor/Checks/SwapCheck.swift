internal import UnitTransport

/// Where pages of this machine's memory may be written to: swap and hibernation.
///
/// Stream buffers are locked and never swapped; hibernation writes locked pages too, and the kernel's own buffers of
/// USB transfers lie outside what a program can lock.
enum SwapCheck {
    static func findings(_ facts: SystemFacts) -> [NodeFinding] {
        let areas = areas(facts)
        return [swap(areas, facts), hibernation(areas, facts)]
    }

    private struct Area {
        var path: String
        /// What keeps its pages from lying on a disk in plain; nil if nothing does.
        var protection: String?
    }

    private static func areas(_ facts: SystemFacts) -> [Area] {
        facts.tree.lines("/proc/swaps").dropFirst().compactMap { line in
            let fields = line.split { $0 == " " || $0 == "\t" }
            guard fields.count >= 2 else { return nil }
            let path = String(fields[0])
            return Area(path: path, protection: protection(path, facts))
        }
    }

    private static func protection(_ path: String, _ facts: SystemFacts) -> String? {
        let device = facts.blockDevice(path)
        if device.hasPrefix("zram") {
            let backing = facts.tree.line("/sys/block/\(device)/backing_dev") ?? "none"
            return backing == "none" ? "in memory (zram)" : nil
        }
        // Device mapper says by its uuid what it is: CRYPT-PLAIN-…, CRYPT-LUKS2-…
        return facts.tree.line("/sys/block/\(device)/dm/uuid")?.hasPrefix("CRYPT-") == true ? "encrypted" : nil
    }

    private static func swap(_ areas: [Area], _ facts: SystemFacts) -> NodeFinding {
        guard facts.tree.exists("/proc/swaps") else {
            return .unknown("swap", "/proc/swaps cannot be read", threatens: "memory may be written to a disk")
        }
        let open = areas.filter { $0.protection == nil }.map(\.path)
        guard open.isEmpty else {
            return .bad(
                .warning, "swap", "\(open.joined(separator: ", ")) is on, and not known to be encrypted",
                threatens: "what programs that use key hold in ordinary memory may stay readable on the disk",
                repair: "sudo swapoff \(open.joined(separator: " "))")
        }
        return .ok(
            "swap",
            areas.isEmpty
                ? "none" : areas.map { "\($0.path) \($0.protection ?? "")" }.joined(separator: ", "))
    }

    private static let targets = ["hibernate", "hybrid-sleep", "suspend-then-hibernate"].map { "\($0).target" }

    private static func hibernation(_ areas: [Area], _ facts: SystemFacts) -> NodeFinding {
        let check = "hibernation"
        let states = (facts.tree.line("/sys/power/state") ?? "").split(separator: " ")
        guard states.contains("disk"), facts.tree.line("/sys/power/disk")?.contains("[disabled]") != true else {
            return .ok(check, "this kernel does not hibernate")
        }
        let disks = areas.filter { !facts.blockDevice($0.path).hasPrefix("zram") }
        guard !disks.isEmpty else { return .ok(check, "nothing to hibernate to: no swap on a disk") }
        guard !disks.allSatisfy({ $0.protection != nil }) else {
            return .ok(check, "possible, to encrypted swap")
        }
        if targets.allSatisfy({ facts.tree.target("/etc/systemd/system/\($0)") == "/dev/null" }) {
            return .ok(check, "masked in systemd")
        }
        return .bad(
            .warning, check, "this machine can hibernate to \(disks.map(\.path).joined(separator: ", "))",
            threatens: "all memory, locked buffers with raw key too, is then written to the disk",
            repair: "sudo systemctl mask \(targets.joined(separator: " "))")
    }
}

extension SystemFacts {
    /// The kernel's name of a block device: dm-0 for /dev/mapper/swap. The path's last part if it is not a device.
    func blockDevice(_ path: String) -> String {
        let target = tree.target(path) ?? path
        return target.split(separator: "/").last.map(String.init) ?? path
    }
}
