internal import ReadableText
internal import Yams

/// A place in a file, from 1.
struct FilePlace {
    var line: Int
    var column: Int

    init(line: Int, column: Int) { (self.line, self.column) = (line, column) }
    init(_ mark: Mark) { self.init(line: mark.line, column: mark.column) }
}

/// Faults of one file, as they are found: whoever mends a file wants to hear of all of them.
final class FaultList {
    let file: String
    private(set) var faults: [ConfigurationFault] = []

    init(file: String) { self.file = file }

    func add(_ path: String, _ place: FilePlace?, _ problem: String) {
        faults.append(
            ConfigurationFault(
                file: file, line: place?.line ?? 1, column: place?.column ?? 1, path: path, problem: problem))
    }
}

/// A mapping of the file. Keys that nobody asks for are faults.
final class ConfigurationSection {
    let path: String
    let mark: FilePlace?
    private let entries: [(name: String, key: Node, value: Node)]
    private let list: FaultList
    private var asked: [String] = []

    /// Nil if the node is not a mapping, which is a fault then.
    init?(_ node: Node, path: String, _ list: FaultList) {
        guard case .mapping(let mapping) = node else {
            list.add(path, node.place, "\(node.shown) stands where keys with values are expected")
            return nil
        }
        self.path = path
        self.list = list
        mark = node.place
        entries = mapping.map { key, value in (key.scalar?.string ?? "", key, value) }
    }

    /// An empty section, in place of one that is not there.
    init(path: String, _ list: FaultList) {
        self.path = path
        self.list = list
        mark = nil
        entries = []
    }

    /// Where a key of this section is.
    func place(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// Whether the key stands there.
    func has(_ key: String) -> Bool {
        asked.append(key)
        return entries.contains { $0.name == key }
    }

    /// A fault at a key, or at the section if it is not there.
    func fault(_ key: String, _ problem: String) {
        list.add(place(key), entries.first { $0.name == key }?.value.place ?? mark, problem)
    }

    private func node(_ key: String) -> Node? {
        asked.append(key)
        return entries.first { $0.name == key }?.value
    }

    private func missing(_ key: String, _ expected: String) {
        list.add(place(key), mark, "is missing; \(expected) belongs there")
    }

    /// A value that has to be there; nil is a fault that was noted.
    func required<Value>(_ key: String, _ kind: ValueKind<Value>) -> Value? {
        guard let node = node(key) else {
            missing(key, kind.expected)
            return nil
        }
        return read(node, place(key), kind)
    }

    /// A value that may be left out.
    func optional<Value>(_ key: String, _ kind: ValueKind<Value>) -> Value? {
        node(key).flatMap { read($0, place(key), kind) }
    }

    /// A section that has to be there.
    func section(_ key: String) -> ConfigurationSection? {
        guard let node = node(key) else {
            missing(key, "a section")
            return nil
        }
        return ConfigurationSection(node, path: place(key), list)
    }

    /// A section that may be left out.
    func optionalSection(_ key: String) -> ConfigurationSection? {
        node(key).flatMap { ConfigurationSection($0, path: place(key), list) }
    }

    /// A list of sections, each with its place.
    func sections(_ key: String, isRequired: Bool) -> [ConfigurationSection] {
        guard let node = node(key) else {
            if isRequired { missing(key, "a list") }
            return []
        }
        guard let nodes = sequence(node, place(key)) else { return [] }
        if isRequired, nodes.isEmpty { list.add(place(key), node.place, "is empty; at least one is needed") }
        return nodes.enumerated().compactMap { ConfigurationSection($1, path: "\(place(key))[\($0)]", list) }
    }

    /// A list of values; `count` of them are allowed.
    func values<Value>(_ key: String, _ kind: ValueKind<Value>, count: ClosedRange<Int>) -> [Value] {
        guard let node = node(key) else {
            if count.lowerBound > 0 { missing(key, "a list of \(count.words)") }
            return []
        }
        guard let nodes = sequence(node, place(key)) else { return [] }
        guard count.contains(nodes.count) else {
            list.add(place(key), node.place, "has \(nodes.count) entries; \(count.words) are allowed")
            return []
        }
        return nodes.enumerated().compactMap { read($1, "\(place(key))[\($0)]", kind) }
    }

    private func sequence(_ node: Node, _ path: String) -> [Node]? {
        guard case .sequence(let sequence) = node else {
            list.add(path, node.place, "\(node.shown) stands where a list is expected")
            return nil
        }
        return Array(sequence)
    }

    private func read<Value>(_ node: Node, _ path: String, _ kind: ValueKind<Value>) -> Value? {
        guard case .scalar(let scalar) = node else {
            list.add(path, node.place, "\(node.shown) stands where \(kind.expected) is expected")
            return nil
        }
        do throws(ValueFault) { return try kind.read(ScalarText(scalar)) } catch {
            list.add(path, node.place, error.problem ?? "\(node.shown) is not \(kind.expected)")
            return nil
        }
    }

    /// Names keys that nobody asked for. To be called when all were asked for.
    func finish() {
        for entry in entries where !asked.contains(entry.name) {
            let near = NearestWord.of(entry.name, among: asked)
            let keys = Set(asked).sorted().joined(separator: ", ")
            list.add(
                place(VisibleText.of(entry.name, limit: 60)), entry.key.place,
                "there is no such key"
                    + (near.map { ". Did you mean \($0)?" } ?? "; those that there are here: \(keys)"))
        }
    }
}

extension ClosedRange<Int> {
    fileprivate var words: String {
        upperBound == .max
            ? "\(lowerBound) or more" : lowerBound == upperBound ? "\(lowerBound)" : "\(lowerBound) to \(upperBound)"
    }
}

extension Node {
    fileprivate var place: FilePlace? { mark.map(FilePlace.init) }

    /// What stands there, for a sentence.
    fileprivate var shown: String {
        switch self {
        case .scalar(let scalar):
            scalar.string.isEmpty ? "nothing" : "'\(VisibleText.of(scalar.string, limit: 80))'"
        case .mapping: "a section"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}
