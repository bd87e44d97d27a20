// Changes the map of a file as a whole: a fuzzer that changes bytes breaks a map long before two names of it overlap, or a
// size points behind the end.

@_silgen_name("LLVMFuzzerMutate")
private func changeBytes(_ data: UnsafeMutablePointer<UInt8>?, _ size: Int, _ most: Int) -> Int

@c(LLVMFuzzerCustomMutator)
func change(_ data: UnsafeMutablePointer<UInt8>?, _ size: Int, _ most: Int, _ seed: UInt32) -> Int {
    var random = Chances(state: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1)
    let buffer = UnsafeMutableBufferPointer(start: data, count: most)
    // Half of the time only: blocks have contents too.
    guard random.below(2) == 0, var map = Map(buffer[..<size]) else { return changeBytes(data, size, most) }
    for _ in 0...random.below(2) { map.change(&random) }
    let bytes = map.bytes.prefix(most)
    for (index, byte) in bytes.enumerated() { buffer[index] = byte }
    return bytes.count
}

private struct Chances {
    var state: UInt64

    mutating func below(_ limit: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(max(1, limit)))
    }
}

/// The map of a file and what follows it.
private struct Map {
    struct Entry {
        var name: [UInt8]
        var version: [UInt8]
        var size: UInt32
    }

    private let start: [UInt8]
    private var entries: [Entry] = []
    private var rest: [UInt8]

    init?(_ file: Slice<UnsafeMutableBufferPointer<UInt8>>) {
        let file = Array(file)
        let heading = file.starts(with: Array("Map\0".utf8)) ? 4 : 0
        guard file.count >= heading + 8 else { return nil }
        start = Array(file[..<(heading + 2)])
        let count = Int(file[heading + 6]) | Int(file[heading + 7]) << 8
        var position = heading + 8
        for _ in 1..<max(1, min(count, 40)) {
            guard let zero = file[position...].firstIndex(of: 0), zero + 7 <= file.count else { break }
            var size: UInt32 = 0
            for index in (zero + 3..<zero + 7).reversed() { size = size << 8 | UInt32(file[index]) }
            entries.append(
                Entry(name: Array(file[position..<zero]), version: Array(file[zero + 1..<zero + 3]), size: size))
            position = zero + 7
        }
        guard !entries.isEmpty else { return nil }
        rest = Array(file[position...])
    }

    mutating func change(_ random: inout Chances) {
        let (index, other) = (random.below(entries.count), random.below(entries.count))
        switch random.below(8) {
        // A name that is another's, or the end or the beginning of another's: in the file they overlap.
        case 0: entries[index].name = entries[other].name
        case 1: entries[index].name = Array(entries[other].name.suffix(random.below(12)))
        case 2: entries[index].name = Array(entries[other].name.prefix(random.below(12)))
        case 3: entries[index].size = entries[index].size &+ UInt32(truncatingIfNeeded: random.below(9) - 4)
        case 4: entries[index].size = [0, 1, UInt32(rest.count), .max, 1 << 31, .max - 7][random.below(6)]
        case 5: entries.swapAt(index, other)
        case 6: entries.insert(entries[other], at: index)
        // A block that the map does not list.
        default:
            guard entries.count > 1 else { return }
            entries.remove(at: index)
        }
    }

    /// The file again; the map's length is right.
    var bytes: [UInt8] {
        var listed: [UInt8] = []
        for entry in entries {
            listed += entry.name
            listed.append(0)
            listed += entry.version
            listed += Self.little(entry.size, bytes: 4)
        }
        var file = start
        file += Self.little(UInt32(start.count + 6 + listed.count), bytes: 4)
        file += Self.little(UInt32(entries.count + 1), bytes: 2)
        file += listed
        file += rest
        return file
    }

    private static func little(_ number: UInt32, bytes: Int) -> [UInt8] {
        (0..<bytes).map { index -> UInt8 in UInt8(truncatingIfNeeded: number >> UInt32(8 * index)) }
    }
}
