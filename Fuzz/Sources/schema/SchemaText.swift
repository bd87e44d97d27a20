import UnitSchema

@c(LLVMFuzzerTestOneInput)
func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: data, count: count), as: UTF8.self)
    do throws(SchemaError) {
        try check(Schema(parsing: text, file: "fuzz.xml"))
    } catch {
        precondition(!error.findings.isEmpty, "refused without a reason")
        let lines = text.utf8.count { $0 == UInt8(ascii: "\n") } + 1
        for finding in error.findings {
            precondition((1...lines).contains(finding.line), "a finding outside the text: \(finding)")
            precondition(!finding.reason.isEmpty)
        }
    }
    return 0
}

/// What is accepted has messages that both sides can lay out, and differs from itself in nothing.
private func check(_ schema: Schema) throws(SchemaError) {
    precondition(!schema.messages.isEmpty)
    for message in schema.messages {
        precondition(schema.message(id: message.id)?.name == message.name, "two messages share a number")
        precondition(schema.message(named: message.name)?.id == message.id, "two messages share a name")
        precondition(message.chain.count == message.canonicalLines.count)
        for block in [message.block] + message.groups.map(\.block) {
            precondition(block.length % 8 == 0 && block.length <= 65_528, "a block of \(block.length) bytes")
            precondition(block.minimumLength <= block.length)
            var end = 0
            for field in block.fields where field.presence != .constant {
                precondition(field.offset == end, "\(message.name).\(field.name) overlaps or leaves a gap")
                end += field.size
            }
        }
    }
    precondition(schema.difference(to: schema).isEmpty, "a schema differs from itself")
    let again = try Schema(parsing: schema.text, file: "again.xml")
    precondition(schema.difference(to: again).isEmpty, "the same text gives another schema")
}
