import RawKey
import Testing

struct BlockGridTests {
    @Test(arguments: [0, 5, -7, 4096, -4096] as [Int64]) func `cells are the same symbols at both ends`(offset: Int64)
        throws
    {
        let alice = try BlockGrid(symbolsPerCell: 64, symbolsPerSlot: 8, offset: 0)
        let bob = try BlockGrid(symbolsPerCell: 64, symbolsPerSlot: 8, offset: offset)
        for cell in 100..<200 as Range<UInt64> {
            let hers = try #require(alice.symbols(of: cell))
            let his = try #require(bob.symbols(of: cell))
            #expect(Int64(his.lowerBound) - Int64(hers.lowerBound) == offset)
            #expect(hers.count == 64 && his.count == 64)
            #expect(his.allSatisfy { bob.cell(of: $0) == cell })
        }
    }

    @Test func `the first whole cell has nothing of what went by`() throws {
        let grid = try BlockGrid(symbolsPerCell: 64, symbolsPerSlot: 8, offset: 5)
        #expect(grid.firstWholeCell(from: 0) == 0)
        #expect(grid.firstWholeCell(from: 5) == 0)
        #expect(grid.firstWholeCell(from: 6) == 1)
        #expect(grid.firstWholeCell(from: 69) == 1)
        #expect(grid.cell(of: 4) == nil)
    }

    @Test func `the ends of the index trap nobody`() throws {
        for offset in [Int64.min, -1, 0, 1, Int64.max] {
            let grid = try BlockGrid(symbolsPerCell: 1 << 20, symbolsPerSlot: 4096, offset: offset)
            for index in [0, 1, UInt64(Int64.max), .max - 1, .max] {
                _ = grid.firstWholeCell(from: index)
                if let cell = grid.cell(of: index), let symbols = grid.symbols(of: cell) {
                    #expect(symbols.contains(index))
                }
                _ = grid.symbols(of: index)
            }
        }
    }

    @Test func `a cell is whole slots and no more than 2^20 symbols`() {
        for (cell, slot) in [(0, 8), (12, 8), (1 << 21, 8), (64, 0)] as [(UInt64, UInt32)] {
            #expect(throws: RawKeyError.badGrid(symbolsPerCell: cell, symbolsPerSlot: slot)) {
                try BlockGrid(symbolsPerCell: cell, symbolsPerSlot: slot, offset: 0)
            }
        }
        #expect(BlockGrid.largestCell(symbolsPerSlot: 4072) == 257 * 4072)
    }
}
