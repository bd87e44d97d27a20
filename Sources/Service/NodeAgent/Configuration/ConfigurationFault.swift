public import ForeignFiles
internal import ReadableText

/// What is wrong at a place of a configuration file.
public struct ConfigurationFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file.
    public var file: String
    /// From 1.
    public var line: Int
    /// From 1, in characters.
    public var column: Int
    /// The value, for example `links[0].peer.connect`; empty for the file.
    public var path: String
    /// What is wrong, and what is allowed.
    public var problem: String

    /// `alice.yaml:12:5: links[0].end: 'carol' is not alice or bob`.
    public var description: String {
        "\(VisibleText.of(file)):\(line):\(column): \(path.isEmpty ? "" : "\(VisibleText.of(path)): ")\(problem)"
    }
}

/// Why a configuration is not used: it cannot be read, or something in it is wrong.
public enum ConfigurationRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file cannot be opened.
    case unreadable(ForeignFileRefusal)
    /// Everything that was found, in the order of the file.
    case faults([ConfigurationFault])

    /// A sentence for each fault, one a line.
    public var description: String {
        switch self {
        case .unreadable(let refusal): refusal.description
        case .faults(let faults): faults.map(\.description).joined(separator: "\n")
        }
    }
}
