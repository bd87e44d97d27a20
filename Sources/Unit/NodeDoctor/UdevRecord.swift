internal import UnitTransport

/// What udevd has written down about a device when its rules ran (/run/udev/data): the proof that rules are loaded.
struct UdevRecord: Sendable, Equatable {
    /// Links below /dev.
    var links: Set<String> = []
    /// Tags that are set now.
    var tags: Set<String> = []
    /// Properties.
    var properties: [String: String] = [:]

    /// The record of a character device; nil if udevd has none.
    init?(of number: String, in tree: SystemTree) {
        guard let text = tree.text("/run/udev/data/c\(number)") else { return nil }
        for line in text.split(separator: "\n") where line.count > 2 {
            let value = String(line.dropFirst(2))
            switch line.first {
            case "S": links.insert(value)
            // G are tags that it ever had, Q those that it has now (systemd 247 and later).
            case "Q": tags.insert(value)
            case "E":
                let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                if parts.count == 2 { properties[String(parts[0])] = String(parts[1]) }
            default: break
            }
        }
    }

    /// Whether ModemManager was told to leave it alone.
    var isIgnoredByModemManager: Bool { properties["ID_MM_DEVICE_IGNORE"] == "1" }
}
