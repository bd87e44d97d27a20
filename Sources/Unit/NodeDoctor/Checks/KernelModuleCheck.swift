internal import UnitTransport

/// The drivers that units need, and those that stand in for hardware.
enum KernelModuleCheck {
    static func findings(_ facts: SystemFacts) -> [NodeFinding] {
        [usb(facts), serial(facts)].compactMap { $0 } + standIns(facts)
    }

    private static func usb(_ facts: SystemFacts) -> NodeFinding {
        if facts.hasUSB { return .ok("usbcore", "loaded") }
        return .bad(
            .warning, "usbcore", "this kernel runs without USB: /sys/bus/usb is not there",
            threatens: "units on USB are not seen; serial lines are", repair: "sudo modprobe usbcore")
    }

    private static func serial(_ facts: SystemFacts) -> NodeFinding? {
        guard facts.hasUSB else { return nil }
        let threat = "the serial ports of units do not appear; their USB interface works"
        if facts.tree.exists("/sys/module/cdc_acm") || facts.tree.exists("/sys/bus/usb/drivers/cdc_acm") {
            return .ok("cdc-acm", "loaded")
        }
        let isWanted = facts.units.contains { $0.hasSerialInterface && $0.ports.isEmpty }
        switch isThere(facts, "cdc-acm") {
        case true? where !isWanted: return .ok("cdc-acm", "there, and loaded when a unit asks for it")
        case false?:
            return .bad(
                .warning, "cdc-acm", "this kernel has no driver for the units' serial ports", threatens: threat,
                repair: nil)
        case nil where !isWanted:
            return .unknown("cdc-acm", "not loaded, and the list of modules cannot be read", threatens: threat)
        default:
            return .bad(
                .warning, "cdc-acm", "not loaded, and a unit with a serial port is connected", threatens: threat,
                repair: "sudo modprobe cdc_acm")
        }
    }

    /// Whether the running kernel has a module; nil if its lists are not there.
    private static func isThere(_ facts: SystemFacts, _ module: String) -> Bool? {
        guard let release = facts.release else { return nil }
        let lists = ["modules.dep", "modules.builtin"].compactMap { facts.tree.text("/lib/modules/\(release)/\($0)") }
        return lists.isEmpty ? nil : lists.contains { $0.contains("/\(module).ko") }
    }

    /// Emulated units come through these. They need root, so they are no way in; but who looks for a real unit
    /// should know.
    private static func standIns(_ facts: SystemFacts) -> [NodeFinding] {
        let loaded = ["vhci_hcd", "dummy_hcd"].filter { facts.tree.exists("/sys/module/\($0)") }
        guard !loaded.isEmpty else { return [] }
        return [
            .ok(
                "virtual-usb",
                "\(loaded.joined(separator: ", ")) loaded, for tests: units may be emulated, and each says so"
            )
        ]
    }
}
