/**
 * What the kernels' own code is made of, on all systems: trees, lists and tables, atomic operations, numbers
 * and text, assertions, maps for DMA, configuration space. They work on what they are handed: whoever handed
 * it to them called them.
 */
export const PRIMITIVES: RegExp = new RegExp(
  `^(?:${[
    // Trees and lists: `avl_remove`, `zfs_btree_add_idx`, `rb_tree_insert_node`, `_rb_remove`.
    '(?:avl|zfs_btree)_\\w+',
    '_?rb_(?:tree_\\w+|(?:n?find|insert|remove|next|prev|min|max|left|right|parent|root)\\w*)',
    'rbt_(?:n?find|insert|remove|next|prev|min|max|init)',
    'list_(?:create|destroy|head|tail|next|prev|remove\\w*|insert_\\w+|link_\\w+|move_tail|is_empty|del\\w*|add\\w*|sort)',
    '_*linux_list_(?:add|del|move|splice)\\w*|__list_(?:add|del)\\w*',
    'idr_(?:find|remove|replace|alloc|get_\\w+|preload\\w*|destroy)|_?_?xa_(?:load|store|erase|alloc|insert|find)\\w*',
    'radix_tree_(?:lookup|insert|delete|next_chunk|iter_\\w+|preload|tag_\\w+|gang_\\w+)',
    'kref_\\w+|_?_?ww_mutex_\\w+',
    'hashinit(?:_flags)?|phashinit(?:_flags)?|hashdestroy|hashdone|qsort(?:_r)?|bsearch|kheapsort',
    // Atomic operations as functions: `atomic_cas_ulong`, `atomic_dec_uint_nv`, `atomic_add_int`.
    '_*atomic_(?:add|sub|subtract|set|set_bits|clear|clear_bits|setbits|clearbits|cmpset|fcmpset|cas|inc|dec|swap|load|store|fetchadd|readandclear|or|and|nand|xor|testand\\w+|thread_fence|inc_and_\\w+|dec_and_\\w+)(?:_\\w+)?',
    'membar_\\w+',
    // Numbers and text.
    'strto(?:u?l|u?ll|u?q|[iu]max)|str(?:rchr|r?str|n?casecmp|casestr|n?dup|sep|spn|cspn|nstr|valid\\w*)|memchr|memrchr|memmem',
    'v?s?n?printf|k?v(?:s?n?)printf|kvcprintf|k(?:s?n?)printf|kv?printf_\\w+|putchar|kputchar|prf_putchar|putbuf|_doprnt',
    'sbuf_(?:new\\w*|setpos|bcat|bcpy|v?printf|n?cat|cpy|putc\\w*|put_\\w+|trim|finish|delete|clear|done|len|data)',
    '(?:in|in4|in6|ip|ip6|cpu_in|tcp)_?cksum(?:_\\w+)?|in_(?:pseudo|addword)|cksum_skip|cpu_in_cksum',
    'uiomove(?:_\\w+)?|ureadc|uiomove_frombuf',
    'arc4random(?:_\\w+)?|read_random',
    // The bus, past the registers: DMA maps of every port, configuration space, ports.
    '(?:\\w{2,12}_)?bus_dmam(?:ap|em)_\\w+|(?:\\w{2,12}_)?bus_dma_tag_\\w+|_dmam(?:ap|em)_\\w+',
    'pci_(?:read|write)_config(?:_\\w+)?|pci_conf_(?:read|write)(?:_\\w+)?|pci_cfgreg\\w+|pcireg_cfg\\w+|pcie_cfg\\w+',
    '(?:in|out)s?[bwl]|DELAY|delay|cpu_spinwait|i8254_delay|tsc_delay',
    'kobj_(?:lookup_method\\w*|error_method)',
    // Sleep queues, turnstiles and conditions beyond those of the lists.
    '(?:sleepq|turnstile|cv)_\\w+',
    // Readers without locks: what they wait for and leave is their callers'.
    '_*(?:epoch|smr|srp|pserialize)_\\w+',
    // Queues of work to do: what was put in was handed to them.
    '(?:g?taskqueue|taskq|task|workqueue)_(?:enqueue\\w*|add|del|cancel\\w*|drain\\w*|block|unblock|quiesce|init|create)|softint_schedule',
    'lwkt_(?:send|reply|do|drop|forward|wait|abort|init)msg\\w*|lwkt_schedule|lwkt_deschedule|tsleep_(?:interlock|remove)',
    // What a device's handle is asked for.
    'device_(?:get|set|has|is)_\\w+|device_(?:private|xname|unit|cfdata|printf|lookup\\w*)|rman_(?:get|set)_\\w+',
    // What reports an assertion that does not hold: `zorp_assfail`, `assfail3`, `__assert13`.
    '_*(?:\\w+_)?(?:assfail\\d?|assert_?fail(?:ed|ure)?\\d?|assert3\\w?)|__assert\\w*',
    'vlog|log|inet_nto[ap]\\w*|ip6_sprintf|ether_sprintf|explicit_(?:bzero|memset)|timingsafe_(?:bcmp|memcmp)|consttime_memequal|crc32\\w*',
  ].join('|')})$`,
);
