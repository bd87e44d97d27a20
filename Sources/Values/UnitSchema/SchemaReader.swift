/// Turns the checked tree into types and messages, and collects what is wrong with them.
struct SchemaReader {
    let findings: SchemaFindings
    let version: Int
    private(set) var types: [DataType] = []
    var typesByName: [String: DataType] = [:]
    private var typeNames = Scope()

    init(findings: SchemaFindings, version: Int) {
        self.findings = findings
        self.version = version
    }

    /// A type by name: of the schema, or a primitive, which stands for a type without range and unit.
    func type(named name: String) -> DataType? {
        if let type = typesByName[name] { return type }
        return Primitive(rawValue: name).map { primitive in
            .simple(
                SimpleType(
                    name: name, primitive: primitive, length: 1, presence: .required, constant: nil, minimum: nil,
                    maximum: nil, null: primitive.standardNull, unit: nil, characterEncoding: nil, description: ""))
        }
    }

    /// Reads all types. Composites come last, since they may refer to types that stand behind them.
    mutating func readTypes(of root: MarkupElement) {
        let elements = root.children.filter { $0.name == "types" }.flatMap(\.children)
        for element in elements {
            let name = element["name"] ?? ""
            checkName(name, startsUppercase: nil, element.line)
            if Primitive(rawValue: name) != nil {
                findings.add(element.line, "type '\(name)' has the name of a primitive type")
            } else if !typeNames.insert(name: name) {
                findings.add(element.line, "type '\(name)' is defined twice")
            }
            if element["offset"] != nil { findings.add(element.line, "'offset' has no meaning outside a composite") }
            _ = sinceVersion(of: element)
        }
        for element in elements where element.name != "composite" {
            let type = definition(element, isHeaderMember: false)
            if let type { typesByName[type.name] = type }
        }
        for element in elements where element.name == "composite" {
            let type = composite(element)
            typesByName[type.name] = .composite(type)
        }
        types = elements.compactMap { typesByName[$0["name"] ?? ""] }
    }

    /// The message header, whose layout the standard recommends and frames rely on.
    func header(named name: String, line: Int) -> CompositeType? {
        guard case .composite(let header)? = typesByName[name] else {
            findings.add(line, "header type '\(name)' is not a composite of the schema")
            return nil
        }
        let layout = header.members.map { "\($0.name):\($0.type.canonicalEncoding)" }
        guard layout == ["blockLength:uint16", "templateId:uint16", "schemaId:uint16", "version:uint16"] else {
            findings.add(line, "header type '\(name)' is not blockLength, templateId, schemaId, version, all uint16")
            return nil
        }
        return header
    }

    func checkName(_ name: String, startsUppercase: Bool?, _ line: Int) {
        if let objection = Names.objection(to: name, startsUppercase: startsUppercase) { findings.add(line, objection) }
    }

    /// The version that added an element, not above the schema's; if it states none, that of what contains it.
    func sinceVersion(of element: MarkupElement, inside container: Int = 0) -> Int {
        let text = element["sinceVersion"] ?? "\(container)"
        guard let since = Number.natural(text, limit: 65_534) else {
            findings.add(element.line, "sinceVersion '\(text)' is not a version")
            return container
        }
        if since > version {
            findings.add(element.line, "sinceVersion \(since) is above the schema's version \(version)")
        }
        if let text = element["deprecated"] {
            if let deprecated = Number.natural(text, limit: 65_534), (since...max(since, version)).contains(deprecated)
            {
                return since
            }
            findings.add(element.line, "deprecated '\(text)' is not a version from \(since) to \(version)")
        }
        return since
    }

    /// A number attribute.
    func natural(_ name: String, of element: MarkupElement, limit: Int) -> Int? {
        guard let text = element[name] else { return nil }
        if let value = Number.natural(text, limit: limit) { return value }
        findings.add(element.line, "\(name) '\(text)' is not a number from 0 to \(limit)")
        return nil
    }

    func presence(of element: MarkupElement) -> Presence? {
        guard let text = element["presence"] else { return nil }
        if let presence = Presence(rawValue: text) { return presence }
        findings.add(element.line, "presence '\(text)' is not required, optional or constant")
        return nil
    }
}
