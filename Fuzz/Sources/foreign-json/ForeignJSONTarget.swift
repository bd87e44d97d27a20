import ForeignFiles

// A JSON text of anybody: refused with a place that is in it, or read, and every field taken as every kind of number.

@c(LLVMFuzzerTestOneInput)
func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = [UInt8](UnsafeBufferPointer(start: data, count: count))
    let text: ForeignJSON
    do throws(JSONFault) { text = try ForeignJSON(parsing: bytes) } catch {
        precondition(error.line >= 1 && error.line <= count + 1, "line \(error.line) of \(count) bytes")
        precondition(error.column >= 1 && error.column <= count + 1, "column \(error.column) of \(count) bytes")
        precondition(!error.description.utf8.contains { $0 < 32 }, "a control character in a sentence")
        return 0
    }
    take(text)
    return 0
}

private func take(_ value: ForeignJSON) {
    switch value {
    case .null, .flag, .text, .number: return
    case .list(let items): items.forEach(take)
    case .object(let fields):
        guard let object = try? JSONFields(value) else { fatalError("an object is none") }
        for (name, value) in fields {
            note { () throws(JSONFieldFault) in
                let number = try object.integer(name, Int64.min...Int64.max)
                precondition(number == nil || Double("\(number ?? 0)") != nil)
            }
            note { () throws(JSONFieldFault) in
                let number = try object.integer(name, UInt8(7)...9)
                precondition(number.map { (7...9).contains($0) } ?? true, "a number out of its range")
            }
            note { () throws(JSONFieldFault) in _ = try object.integer(name, Int16.min ... -1) }
            note { () throws(JSONFieldFault) in
                let number = try object.number(name)
                precondition(number?.isFinite != false, "an infinite number")
            }
            note { () throws(JSONFieldFault) in _ = try object.text(name) }
            note { () throws(JSONFieldFault) in _ = try object.flag(name) }
            note { () throws(JSONFieldFault) in _ = try object.list(name) }
            take(value)
        }
    }
}

private func note(_ body: () throws(JSONFieldFault) -> Void) {
    do throws(JSONFieldFault) { try body() } catch {
        precondition(!error.reason.isEmpty, "refused without a reason")
    }
}
