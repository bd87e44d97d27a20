/// The elements and attributes of the standard's XML schema, as far as this project uses them.
///
/// It replaces validation by an XSD processor: that document may not be redistributed with changes, and a unit's schema
/// text has to be checked by programs that carry no such processor.
enum Grammar {
    static let namespace = "http://fixprotocol.io/2016/sbe"

    struct Rule {
        var required: [String] = []
        var optional: [String] = []
        var children: [String] = []
        /// Whether the element has text of its own.
        var hasText = false
    }

    private static let semantic = ["semanticType", "description"]
    private static let versions = ["sinceVersion", "deprecated"]

    static let rules: [String: Rule] = [
        "messageSchema": Rule(
            required: ["package", "id", "version"],
            optional: ["semanticVersion", "description", "byteOrder", "headerType"], children: ["types", "message"]),
        "types": Rule(children: ["type", "composite", "enum", "set"]),
        "type": Rule(
            required: ["name", "primitiveType"],
            optional: [
                "nullValue", "minValue", "maxValue", "length", "characterEncoding", "offset", "presence", "valueRef",
            ] + semantic + versions, hasText: true),
        "composite": Rule(
            required: ["name"], optional: ["offset"] + semantic + versions,
            children: ["type", "enum", "set", "composite", "ref"]),
        "enum": Rule(
            required: ["name", "encodingType"], optional: ["offset"] + semantic + versions, children: ["validValue"]),
        "validValue": Rule(required: ["name"], optional: ["description"] + versions, hasText: true),
        "set": Rule(
            required: ["name", "encodingType"], optional: ["offset"] + semantic + versions, children: ["choice"]),
        "choice": Rule(required: ["name"], optional: ["description"] + versions, hasText: true),
        "ref": Rule(required: ["name", "type"], optional: ["offset"] + versions),
        "message": Rule(
            required: ["name", "id"], optional: ["blockLength"] + semantic + versions,
            children: ["field", "group", "data"]),
        "group": Rule(
            required: ["name", "id"], optional: ["blockLength", "dimensionType"] + semantic + versions,
            children: ["field", "group", "data"]),
        "field": Rule(
            required: ["name", "id", "type"],
            optional: ["epoch", "timeUnit", "offset", "presence", "valueRef"] + semantic + versions),
        "data": Rule(
            required: ["name", "id", "type"],
            optional: ["epoch", "timeUnit", "offset", "presence", "valueRef"] + semantic + versions),
    ]

    /// Elements that must say what they are. The standard leaves it open; firmware authors have nothing else to go by.
    private static let described: Set = [
        "type", "composite", "enum", "set", "validValue", "choice", "message", "group", "field", "data",
    ]

    /// Checks the whole tree. Returns the root with the namespace prefix removed from the names of its children.
    static func check(_ root: MarkupElement, _ findings: SchemaFindings) -> MarkupElement {
        let declarations = root.attributes.filter { $0.name.hasPrefix("xmlns:") || $0.name == "xmlns" }
        let parts = root.name.split(separator: ":")
        guard parts.count == 2, parts[1] == "messageSchema" else {
            findings.add(root.line, "root element is <\(root.name)>, not messageSchema of namespace \(namespace)")
            return root
        }
        let prefix = String(parts[0])
        guard declarations.first(where: { $0.name == "xmlns:\(prefix)" })?.value == namespace else {
            findings.add(root.line, "prefix '\(prefix)' does not stand for the namespace \(namespace)")
            return root
        }
        guard !declarations.contains(where: { $0.name == "xmlns" }) else {
            findings.add(root.line, "a default namespace is not allowed: types and fields belong to none")
            return root
        }
        var bare = MarkupElement(
            name: "messageSchema", line: root.line,
            attributes: root.attributes.filter { !$0.name.hasPrefix("xmlns:") && !$0.name.hasPrefix("xsi:") })
        bare.text = root.text
        bare.children = root.children.map { child in
            // Only messages are global elements of the standard's schema, so only they carry the prefix.
            let name = child.name == "\(prefix):message" ? "message" : child.name == "message" ? ":message" : child.name
            var renamed = MarkupElement(name: name, line: child.line, attributes: child.attributes)
            renamed.children = child.children
            renamed.text = child.text
            return renamed
        }
        check(element: bare, findings)
        checkOrder(bare, ["types", "message"], findings)
        if bare["byteOrder"] == "bigEndian" { findings.add(bare.line, "byteOrder bigEndian is not supported") }
        checkNumbers(bare, findings)
        return bare
    }

    private static func check(element: MarkupElement, _ findings: SchemaFindings) {
        guard let rule = rules[element.name] else { return }
        for attribute in element.attributes
        where !rule.required.contains(attribute.name) && !rule.optional.contains(attribute.name) {
            findings.add(attribute.line, "unknown attribute '\(attribute.name)' of <\(element.name)>")
        }
        for name in rule.required where element[name] == nil {
            findings.add(element.line, "<\(element.name)> lacks the attribute '\(name)'")
        }
        if described.contains(element.name), (element["description"] ?? "").isEmpty {
            findings.add(element.line, "<\(element.name)> '\(element["name"] ?? "")' has no description")
        }
        if let description = element["description"], description.contains("*/") || description.contains("/*") {
            findings.add(element.line, "<\(element.name)>: the description would begin or end a comment of C")
        }
        if !rule.hasText, !element.text.isEmpty {
            findings.add(element.line, "text inside <\(element.name)> is not allowed")
        }
        for child in element.children {
            guard rule.children.contains(child.name) else {
                let name = child.name == ":message" ? "message> without its namespace prefix" : "\(child.name)>"
                let known = rules[child.name] == nil ? "unknown element <\(name)" : "<\(name) is not allowed here"
                findings.add(child.line, "\(known) in <\(element.name)>")
                continue
            }
            check(element: child, findings)
        }
        if ["message", "group"].contains(element.name) { checkOrder(element, ["field", "group", "data"], findings) }
    }

    /// The children come in the order of `names`.
    private static func checkOrder(_ element: MarkupElement, _ names: [String], _ findings: SchemaFindings) {
        var latest = 0
        for child in element.children {
            guard let rank = names.firstIndex(of: child.name) else { continue }
            if rank < latest {
                findings.add(child.line, "<\(child.name)> behind <\(names[latest])> in <\(element.name)>")
            }
            latest = max(latest, rank)
        }
    }

    private static func checkNumbers(_ root: MarkupElement, _ findings: SchemaFindings) {
        for (name, limit) in [("id", 65_535), ("version", 65_534)] {
            guard let text = root[name] else { continue }
            if Number.natural(text, limit: limit) == nil {
                findings.add(root.line, "\(name) '\(text)' is not a number from 0 to \(limit)")
            }
        }
    }
}

enum Number {
    /// A number without sign in decimal digits.
    static func natural(_ text: String, limit: Int) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(text),
            value <= limit
        else { return nil }
        return value
    }
}
