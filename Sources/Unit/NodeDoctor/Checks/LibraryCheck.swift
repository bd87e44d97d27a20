/// Whether libusb is new enough.
enum LibraryCheck {
    /// The version that everything is tested with.
    static let wanted = [1, 0, 26]

    static func findings(_ facts: SystemFacts) -> [NodeFinding] {
        let threat = "opening a unit by its node, and closing it under way, are not tested with it"
        let parts = facts.libusb.split(separator: ".").compactMap { Int($0) }
        guard parts.count == 3 else {
            return [.unknown("libusb", "its version '\(facts.libusb)' cannot be read", threatens: threat)]
        }
        guard parts.lexicographicallyPrecedes(wanted) else { return [.ok("libusb", facts.libusb)] }
        return [
            .bad(
                .warning, "libusb", "\(facts.libusb) is older than \(wanted.map(String.init).joined(separator: "."))",
                threatens: threat, repair: "sudo apt-get install --only-upgrade libusb-1.0-0")
        ]
    }
}
