/// The block `Map`: which blocks follow, and where.
struct OTDRMap {
    struct Block {
        var name: String
        /// Its bytes, with its name in version 2.
        var range: Range<Int>
        /// Its bytes without its name.
        var body: Range<Int>
    }

    var version: UInt16
    /// In the order of the file.
    var blocks: [Block] = []
    var remarks: [String] = []

    var isFirstVersion: Bool { version < 200 }

    /// Version 2 begins with the map's name, version 1 with its version number. Throws if neither is there.
    init(_ bytes: [UInt8]) throws(OTDRError) {
        var cursor = ByteCursor(bytes, 0..<bytes.count)
        let isNamed = bytes.starts(with: Array("Map\0".utf8))
        if isNamed { _ = cursor.text() }
        guard let version = cursor.u16(), let length = cursor.u32(), let count = cursor.u16() else {
            throw .notAnOTDRFile
        }
        // Version 1 has no other mark: its numbers must make sense. An entry has 7 bytes at least.
        guard (isNamed ? 200..<1000 : 100..<200).contains(version), count >= 1, length <= bytes.count,
            Int(length) >= cursor.position, (Int(count) - 1) * 7 <= Int(length) - cursor.position
        else { throw .notAnOTDRFile }
        self.version = version
        var entries = ByteCursor(bytes, cursor.position..<Int(length))
        var position = Int(length)
        for _ in 1..<count {
            guard let name = entries.text(), entries.u16() != nil, let size = entries.u32() else {
                throw .cutOff(block: "Map")
            }
            guard Int(size) <= bytes.count - position else { throw .cutOff(block: name) }
            let range = position..<position + Int(size)
            position = range.upperBound
            let heading = isNamed ? Array(name.utf8) + [0] : []
            guard bytes[range].starts(with: heading) else {
                remarks.append("block \(name) does not begin with its name and was left out")
                continue
            }
            blocks.append(Block(name: name, range: range, body: range.lowerBound + heading.count..<range.upperBound))
        }
        if position < bytes.count { remarks.append("\(bytes.count - position) bytes follow the last block") }
    }

    /// The first block of a name.
    func block(_ name: String) -> Block? { blocks.first { $0.name == name } }
}
