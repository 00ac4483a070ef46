import type { SymbolTable } from './symbols.js';

/**
 * A type as kernel TypeScript writes it: `proc` (a pointer to one), `embed<vm_map>`, `array<u8, 16>`,
 * `(vm_page) => Sleeps<int>`.
 */
export function typeText(symbols: SymbolTable, index: number): string {
  const type = symbols.type(index);
  switch (type.kind) {
    case 'int':
      return type.name;
    case 'bool':
      return 'boolean';
    case 'struct':
      return `embed<${type.name}>`;
    case 'array':
      return `array<${typeText(symbols, type.of)}, ${type.count}>`;
    case 'pointer':
      return pointerText(symbols, type.to);
    case 'function': {
      const params = type.params.map((p) => typeText(symbols, p)).concat(type.variadic ? ['...'] : []);
      const returns = typeText(symbols, type.returns);
      return `(${params.join(', ')}) => ${type.sleeps ? `Sleeps<${returns}>` : returns}`;
    }
    default:
      return type.kind;
  }
}

function pointerText(symbols: SymbolTable, to: number): string {
  const type = symbols.type(to);
  if (type.kind === 'struct') return type.name;
  if (type.kind === 'function') return typeText(symbols, to);
  return type.kind === 'int' && type.name === 'u8' ? 'str' : `ptr<${typeText(symbols, to)}>`;
}
