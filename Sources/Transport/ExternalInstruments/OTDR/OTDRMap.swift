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
        // Genuine files have 5 to 20.
        guard count <= Self.mostBlocks else {
            throw .absurd(block: "Map", field: "number of blocks", value: Double(count))
        }
        self.version = version
        var cursorOfEntries = ByteCursor(bytes, cursor.position..<Int(length))
        var entries: [Entry] = []
        for _ in 1..<count {
            guard let name = cursorOfEntries.text(), cursorOfEntries.u16() != nil, let size = cursorOfEntries.u32()
            else {
                throw .cutOff(block: "Map")
            }
            entries.append(Entry(name: name, size: Int(size), heading: isNamed ? Array(name.utf8) + [0] : []))
        }
        if let places = Self.headings(entries, in: bytes, from: Int(length)) {
            take(entries, at: places, end: bytes.count)
        } else {
            try take(entries, bytes, from: Int(length))
        }
        let counts = Dictionary(blocks.map { ($0.name, 1) }, uniquingKeysWith: +)
        for (name, times) in counts.sorted(by: { $0.key < $1.key }) where times > 1 {
            remarks.append("there are \(times) blocks \(name); the first one was read")
        }
    }

    private static let mostBlocks: UInt16 = 1000

    private struct Entry {
        var name: String
        var size: Int
        var heading: [UInt8]
    }

    /// Blocks where the map says that they are.
    private mutating func take(_ entries: [Entry], _ bytes: [UInt8], from start: Int) throws(OTDRError) {
        var position = start
        for entry in entries {
            guard entry.size <= bytes.count - position else { throw .cutOff(block: entry.name) }
            let range = position..<position + entry.size
            position = range.upperBound
            guard bytes[range].starts(with: entry.heading) else {
                remarks.append("block \(entry.name) does not begin with its name and was left out")
                continue
            }
            blocks.append(
                Block(name: entry.name, range: range, body: range.lowerBound + entry.heading.count..<range.upperBound))
        }
        if position < bytes.count { remarks.append("\(bytes.count - position) bytes follow the last block") }
    }

    /// Blocks where their names are. Only the last one has the size that the map says, if that fits.
    private mutating func take(_ entries: [Entry], at places: [Int], end: Int) {
        for (index, (entry, place)) in zip(entries, places).enumerated() {
            let isLast = index + 1 == entries.count
            let next = isLast ? min(end, place + max(entry.size, entry.heading.count)) : places[index + 1]
            if next - place != entry.size {
                remarks.append(
                    "the map says that block \(entry.name) has \(entry.size) bytes; by the names of the blocks it has \(next - place)"
                )
            }
            blocks.append(Block(name: entry.name, range: place..<next, body: place + entry.heading.count..<next))
        }
    }

    /// Where the blocks are by their names, if the sizes in the map do not lead there: makers' software has written maps of
    /// other files. Nil if the map is right, if blocks have no names (version 1), or if not all are there, in order.
    private static func headings(_ entries: [Entry], in bytes: [UInt8], from start: Int) -> [Int]? {
        // Names that overlap are no two blocks: the next one begins behind this one's name.
        var (position, isRight, behind) = (start, true, start)
        var places: [Int] = []
        for entry in entries {
            // A name that long is no block's; looking for it would take time.
            guard (2...32).contains(entry.heading.count) else { return nil }
            guard let place = find(entry.heading, in: bytes, near: position, from: behind) else { return nil }
            isRight = isRight && place == position
            places.append(place)
            position = place + entry.size
            behind = place + entry.heading.count
        }
        return isRight && position <= bytes.count ? nil : places
    }

    /// Where a name is: where the map says, else at its first place behind the name before.
    private static func find(_ heading: [UInt8], in bytes: [UInt8], near: Int, from first: Int) -> Int? {
        func stands(_ place: Int) -> Bool {
            place + heading.count <= bytes.count && bytes[place..<place + heading.count].elementsEqual(heading)
        }
        if near >= first, near < bytes.count, stands(near) { return near }
        return (first..<max(first, bytes.count)).first(where: stands)
    }

    /// The first block of a name.
    func block(_ name: String) -> Block? { blocks.first { $0.name == name } }
}
