extension SchemaReader {
    /// All messages.
    func messages(of root: MarkupElement) -> [Message] {
        var scope = Scope()
        var messages: [Message] = []
        for element in root.children where element.name == "message" {
            let message = self.message(element)
            if !scope.insert(name: message.name) {
                findings.add(element.line, "message '\(message.name)' is defined twice")
            }
            if !scope.insert(number: Int128(message.id)) {
                findings.add(element.line, "message '\(message.name)': id \(message.id) is taken")
            }
            if case .some(let type) = typesByName[message.name] {
                findings.add(element.line, "message '\(message.name)' has the name of type '\(type.name)'")
            }
            messages.append(message)
        }
        if messages.isEmpty { findings.add(root.line, "the schema has no messages") }
        let names = Set(messages.map(\.name))
        for message in messages {
            guard case .request(let reply)? = message.direction, !names.contains(reply) else { continue }
            findings.add(message.line, "message '\(message.name)': its reply '\(reply)' is not a message")
        }
        return messages
    }

    private func message(_ element: MarkupElement) -> Message {
        let name = element["name"] ?? ""
        checkName(name, startsUppercase: true, element.line)
        let since = sinceVersion(of: element)
        var scope = Scope()
        let block = self.block(element, name, since: since, &scope)
        var groups: [Group] = []
        var latest = since
        for child in element.children where child.name == "group" {
            let group = self.group(child, of: name, inside: since, atLeast: latest, &scope)
            latest = group.block.sinceVersion
            groups.append(group)
        }
        let lastGroup = latest
        latest = since
        var data: [DataField] = []
        for child in element.children where child.name == "data" {
            guard let field = self.data(child, of: name, inside: since, atLeast: latest, &scope) else { continue }
            if field.sinceVersion < lastGroup {
                findings.add(child.line, "\(name).\(field.name) is older than a group before it, which it would move")
            }
            latest = field.sinceVersion
            data.append(field)
        }
        return Message(
            name: name, id: identifier(of: element), block: block, groups: groups, data: data,
            direction: Direction(semanticType: element["semanticType"]), description: element["description"] ?? "",
            line: element.line)
    }

    private func group(
        _ element: MarkupElement, of message: String, inside container: Int, atLeast earlier: Int, _ scope: inout Scope
    ) -> Group {
        let name = element["name"] ?? ""
        checkElement(element, message, &scope)
        let since = ordered(element, "\(message).\(name)", inside: container, atLeast: earlier)
        for child in element.children where child.name != "field" {
            findings.add(child.line, "\(message).\(name): a group holds fields only, not <\(child.name)>")
        }
        var inner = Scope()
        let block = self.block(element, "\(message).\(name)", since: since, &inner)
        let dimension = self.dimension(named: element["dimensionType"] ?? "groupSizeEncoding", element)
        return Group(
            name: name, id: identifier(of: element), dimension: dimension, block: block,
            description: element["description"] ?? "", line: element.line)
    }

    /// A dimension: block length, number of entries, and whatever keeps the entries aligned.
    private func dimension(named name: String, _ element: MarkupElement) -> CompositeType {
        guard case .composite(let type)? = typesByName[name] else {
            findings.add(element.line, "dimension type '\(name)' is not a composite of the schema")
            return CompositeType(name: name, members: [], description: "")
        }
        let layout = type.members.prefix(2).map { "\($0.name):\($0.type.canonicalEncoding)" }
        if layout != ["blockLength:uint16", "numInGroup:uint16"] || type.size != 8 {
            findings.add(
                element.line,
                "dimension type '\(name)' is not blockLength, numInGroup, both uint16, then padding to 8 bytes")
        }
        return type
    }

    private func data(
        _ element: MarkupElement, of message: String, inside container: Int, atLeast earlier: Int, _ scope: inout Scope
    ) -> DataField? {
        let name = element["name"] ?? ""
        checkElement(element, message, &scope)
        let since = ordered(element, "\(message).\(name)", inside: container, atLeast: earlier)
        let typeName = element["type"] ?? ""
        guard let type = type(named: typeName) else {
            findings.add(element.line, "\(message).\(name): unknown type '\(typeName)'")
            return nil
        }
        guard case .composite(let composite) = type, composite.members.count == 2,
            composite.members[0].name == "length", composite.members[1].name == "varData",
            ["uint8", "uint16", "uint32"].contains(composite.members[0].type.canonicalEncoding),
            ["uint8[0]", "char[0]"].contains(composite.members[1].type.canonicalEncoding)
        else {
            findings.add(element.line, "\(message).\(name): type '\(typeName)' is not a length and varData of length 0")
            return nil
        }
        return DataField(
            name: name, id: identifier(of: element), type: composite, description: element["description"] ?? "",
            sinceVersion: since, line: element.line)
    }

    private func block(_ element: MarkupElement, _ owner: String, since: Int, _ scope: inout Scope) -> Block {
        var fields: [Field] = []
        var end = 0
        var latest = since
        var lengths: [(length: Int, owner: String, line: Int)] = []
        let earlier = findings.count
        for child in element.children where child.name == "field" {
            checkElement(child, owner, &scope)
            let version = ordered(child, "\(owner).\(child["name"] ?? "")", inside: since, atLeast: latest)
            if version > latest { lengths.append((end, "\(owner) of version \(latest)", child.line)) }
            latest = max(latest, version)
            guard let field = field(child, of: owner, at: end, since: version) else { continue }
            end += field.size
            fields.append(field)
        }
        lengths.append((end, owner, element.line))
        // A field with a mistake makes wrong lengths; they would hide the mistake behind its consequences.
        guard findings.count == earlier else { return Block(fields: fields, sinceVersion: since) }
        for (length, owner, line) in lengths { checkLength(length, owner, line) }
        if let given = natural("blockLength", of: element, limit: 65_528), given != end {
            findings.add(element.line, "\(owner): blockLength is \(given), the fields have \(end) bytes")
        }
        return Block(fields: fields, sinceVersion: since)
    }

    private func field(_ element: MarkupElement, of owner: String, at end: Int, since: Int) -> Field? {
        let name = "\(owner).\(element["name"] ?? "")"
        let typeName = element["type"] ?? ""
        guard let type = type(named: typeName) else {
            findings.add(element.line, "\(name): unknown type '\(typeName)'")
            return nil
        }
        let stated = self.presence(of: element)
        var presence = stated ?? .required
        var constant: String?
        switch type {
        case .simple(let simple):
            presence = simple.presence == .constant ? .constant : stated ?? simple.presence
            constant = simple.constant
            if simple.length == 0 { findings.add(element.line, "\(name): data of variable length is not a field") }
            if presence == .constant, constant == nil { findings.add(element.line, "\(name): constant has no value") }
            if presence == .optional, simple.length != 1, simple.primitive != .char {
                findings.add(element.line, "\(name): an array cannot be optional, it has no null value")
            }
        case .enumeration(let enumeration):
            if presence == .constant { constant = value(of: element, name, enumeration) }
        case .set, .composite:
            if presence != .required { findings.add(element.line, "\(name): type '\(typeName)' has no null value") }
            if case .composite(let composite) = type, composite.members.contains(where: { $0.type.size == 0 }) {
                findings.add(element.line, "\(name): data of variable length is not a field")
            }
        }
        if element["valueRef"] != nil, presence != .constant {
            findings.add(element.line, "\(name): valueRef belongs to a constant")
        }
        if presence != .constant { checkOffset(of: element, name, expected: end, alignment: type.alignment) }
        return Field(
            name: element["name"] ?? "", id: identifier(of: element), type: type, offset: end, presence: presence,
            constant: constant, unit: element["semanticType"] ?? type.unit, description: element["description"] ?? "",
            sinceVersion: since, deprecated: element["deprecated"].flatMap { Int($0) }, line: element.line)
    }

    /// The number of the enumeration's value that a constant refers to as `Type.Value`.
    private func value(of element: MarkupElement, _ name: String, _ enumeration: EnumType) -> String? {
        let reference = element["valueRef"] ?? ""
        let value = enumeration.values.first { "\(enumeration.name).\($0.name)" == reference }
        if reference.isEmpty {
            findings.add(element.line, "\(name): constant has no value")
        } else if value == nil {
            findings.add(element.line, "\(name): valueRef '\(reference)' is not a value of '\(enumeration.name)'")
        }
        return value.map { "\($0.value)" }
    }

    private func checkElement(_ element: MarkupElement, _ owner: String, _ scope: inout Scope) {
        let name = element["name"] ?? ""
        checkName(name, startsUppercase: false, element.line)
        if !scope.insert(name: name) { findings.add(element.line, "\(owner).\(name) is defined twice") }
        if let id = Number.natural(element["id"] ?? "", limit: 65_535), !scope.insert(number: Int128(id)) {
            findings.add(element.line, "\(owner).\(name): id \(id) is taken")
        }
    }

    private func identifier(of element: MarkupElement) -> UInt16 {
        UInt16(natural("id", of: element, limit: 65_535) ?? 0)
    }

    /// The version of an element, which must not be older than those before it.
    private func ordered(_ element: MarkupElement, _ name: String, inside container: Int, atLeast earlier: Int) -> Int {
        let since = sinceVersion(of: element, inside: container)
        if since < earlier {
            findings.add(element.line, "\(name): sinceVersion \(since) is below \(earlier), that of what precedes it")
        }
        return since
    }

    func checkOffset(of element: MarkupElement, _ name: String, expected: Int, alignment: Int) {
        let offset = natural("offset", of: element, limit: 65_535) ?? expected
        if offset % alignment != 0 {
            findings.add(element.line, "\(name): offset \(offset) is not a multiple of \(alignment)")
        } else if offset < expected {
            findings.add(element.line, "\(name): offset \(offset) overlaps what ends at \(expected)")
        } else if offset > expected {
            findings.add(element.line, "\(name): offset \(offset) leaves a gap behind \(expected): add padding")
        }
    }

    private func checkLength(_ length: Int, _ owner: String, _ line: Int) {
        if length % 8 != 0 { findings.add(line, "\(owner): \(length) bytes are not a multiple of 8: add padding") }
        if length > 65_528 { findings.add(line, "\(owner): \(length) bytes are more than a block can have") }
    }
}
