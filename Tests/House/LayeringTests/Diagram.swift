import Foundation

/// The modules in ARCHITECTURE.md: a row per floor, the highest first, with the arrows between targets of the same floor.
/// Arrows to floors below are not drawn; `Package.swift` and the table below the diagram have them.
enum Diagram {
    static let begin = "<!-- modules: drawn from Package.swift by CVQKD_DRAW=1 swift test --filter LayeringTests -->"
    static let end = "<!-- end of modules -->"
    static let width = 120

    enum Failure: Error, CustomStringConvertible {
        /// The page has not exactly one place for the diagram.
        case noPlace

        var description: String { "the page has no place for the diagram: \(Diagram.begin), \(Diagram.end)" }
    }

    /// The fenced block, with its last line break.
    static func draw(_ package: PackageDump) -> String {
        let rows = Floors.order.reversed().map { floor in
            row(floor, package.targets.filter { Floors.floor(of: $0) == floor })
        }
        return "```\n" + rows.joined() + "```\n"
    }

    /// A page with this diagram between its two markers.
    static func put(_ diagram: String, into page: String) throws -> String {
        let parts = page.components(separatedBy: begin + "\n")
        guard parts.count == 2, let close = parts[1].range(of: end + "\n") else { throw Failure.noPlace }
        return parts[0] + begin + "\n" + diagram + parts[1][close.lowerBound...]
    }

    private static func row(_ floor: String, _ targets: [PackageDump.Target]) -> String {
        let names = Set(targets.map(\.name))
        var beside: [String: Set<String>] = [:]
        for target in targets { beside[target.name] = target.neighbours.intersection(names) }
        // Whoever points at a neighbour stands before it. SwiftPM lets no circle through.
        func height(_ name: String) -> Int { (beside[name] ?? []).map { height($0) + 1 }.max() ?? 0 }
        let heights = Dictionary(uniqueKeysWithValues: names.map { ($0, height($0)) })
        let sorted = names.sorted { (-(heights[$0] ?? 0), $0) < (-(heights[$1] ?? 0), $1) }
        let entries = sorted.map { name in
            let arrows = (beside[name] ?? []).sorted().joined(separator: ", ")
            return arrows.isEmpty ? name : "\(name) ─▶ \(arrows)"
        }
        let margin = (Floors.order.map(\.count).max() ?? 0) + 3
        var lines = [floor.padding(toLength: margin, withPad: " ", startingAt: 0)]
        for entry in entries {
            let line = lines[lines.count - 1]
            let separator = line.count == margin ? "" : "   "
            if line.count + separator.count + entry.count > width, line.count > margin {
                lines.append(String(repeating: " ", count: margin) + entry)
            } else {
                lines[lines.count - 1] = line + separator + entry
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
